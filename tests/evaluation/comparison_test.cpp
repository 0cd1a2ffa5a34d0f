// SPDX-License-Identifier: MIT
#include "newsclf/report/comparison_report.hpp"

#include <nlohmann/json.hpp>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using nlohmann::json;

ComparedDocument document(std::string id, std::string label, ModelAnswer first,
                          ModelAnswer second) {
  return {std::move(id), std::move(label), {std::move(first), std::move(second)}};
}

/// 6 documents: the first model predicts 3 correctly, the second 4, both 2, neither 1. The second
/// model does not know the label `art`.
Comparison example() {
  ReadCounts read;
  read.read = 7;
  read.empty = 1;
  read.repaired = 2;
  return compare_models({ComparedModel{"old", "aa", LabelSet({"art", "ball", "space"})},
                         ComparedModel{"new", "bb", LabelSet({"ball", "space"})}},
                        {
                            document("b/1", "ball", {"ball", 0.5F}, {"ball", 0.75F}),
                            document("b/2", "ball", {"space", 0.75F}, {"ball", 0.5F}),
                            document("s/1", "space", {"ball", 0.75F}, {"space", 0.75F}),
                            document("s/2", "space", {"space", 0.5F}, {"space", 0.5F}),
                            document("a\t1", "art", {"art", 1.0F}, {"ball", 1.0F}),
                            document("a/2", "art", {"space", 0.25F}, {"ball", 0.5F}),
                        },
                        read);
}

}  // namespace

TEST_CASE("McNemar's exact test equals scipy's binomial test on the discordant documents") {
  // scipy.stats.binomtest(b, b + c, 0.5).pvalue
  CHECK(mcnemar_exact(5, 1) == Approx(0.21875).epsilon(1e-12));
  CHECK(mcnemar_exact(10, 2) == Approx(0.03857421875).epsilon(1e-12));
  CHECK(mcnemar_exact(0, 5) == Approx(0.0625).epsilon(1e-12));
  CHECK(mcnemar_exact(40, 70) == Approx(0.005447429511444476).epsilon(1e-12));
  CHECK(mcnemar_exact(1000, 1100) == Approx(0.03072070786424249).epsilon(1e-10));
  CHECK(mcnemar_exact(3, 500) == Approx(1.6199569911420256e-144).epsilon(1e-10));
  CHECK(mcnemar_exact(100'000, 101'000) == Approx(0.02586239243973295).epsilon(1e-8));
}

TEST_CASE("McNemar's p-value is symmetric, and 1 if the counts differ by at most 1") {
  CHECK(mcnemar_exact(70, 40) == mcnemar_exact(40, 70));
  CHECK(mcnemar_exact(0, 0) == 1);
  CHECK(mcnemar_exact(1, 0) == 1);
  CHECK(mcnemar_exact(12, 12) == 1);
  CHECK(mcnemar_exact(7, 8) == 1);
  CHECK(mcnemar_exact(1'000'000'000, 1'000'000'001) == 1);
}

TEST_CASE("a p-value too small for a double is 0") { CHECK(mcnemar_exact(0, 1200) == 0); }

TEST_CASE("the interval of a paired difference matches published examples") {
  // Altman et al., Statistics with Confidence, 2nd ed., p. 52: 0.011 to 0.226.
  const Interval altman = paired_difference_interval({14, 0, 5, 22});
  CHECK(altman.low == Approx(0.01148324138303325));
  CHECK(altman.high == Approx(0.2264926843512112));
  // Fagerland, Lydersen & Laake, 2014 (data of Bentur et al.): -0.507 to -0.026.
  const Interval bentur = paired_difference_interval({1, 7, 1, 12});
  CHECK(bentur.low == Approx(-0.506920226686141));
  CHECK(bentur.high == Approx(-0.02555912416485978));
}

TEST_CASE("swapping the models mirrors the interval of a paired difference") {
  const Interval one = paired_difference_interval({6800, 40, 70, 622});
  const Interval other = paired_difference_interval({6800, 70, 40, 622});
  CHECK(one.low == Approx(0.0012300901929898009));
  CHECK(one.high == Approx(0.006772201868031562));
  CHECK(other.low == Approx(-one.high));
  CHECK(other.high == Approx(-one.low));
}

TEST_CASE("the interval of a paired difference is defined if a model is always right or wrong") {
  // Without a correlation the interval equals that of independent samples.
  const Interval all_right = paired_difference_interval({50, 0, 0, 0});
  CHECK(all_right.low == Approx(-0.07134759913335864));
  CHECK(all_right.high == Approx(0.07134759913335864));
  const Interval opposite = paired_difference_interval({0, 0, 5, 0});
  CHECK(opposite.low == Approx(0.38554900569034356));
  CHECK(opposite.high == 1);
  const Interval negative = paired_difference_interval({0, 4, 3, 0});
  CHECK(negative.low == Approx(-0.6835602894970607));
  CHECK(negative.high == Approx(0.4990832709446757));
}

TEST_CASE("documents are counted by which models predict them correctly") {
  const Comparison comparison = example();
  CHECK(comparison.counts.both_right == 2);
  CHECK(comparison.counts.only_first == 1);
  CHECK(comparison.counts.only_second == 2);
  CHECK(comparison.counts.both_wrong == 1);
  CHECK(comparison.counts.documents() == 6);
  CHECK(comparison.scores[kFirst].right == 3);
  CHECK(comparison.scores[kSecond].right == 4);
  CHECK(comparison.scores[kFirst].unknown == 0);
  CHECK(comparison.scores[kSecond].unknown == 2);
  CHECK(comparison.difference == Approx(1.0 / 6));
  CHECK(comparison.p_value == 1);
  CHECK(comparison.changed == 4);
}

TEST_CASE("macro F1 is the mean over the labels that either model knows") {
  // For ball, space and art; the second model does not know art.
  const Comparison comparison = example();
  CHECK(comparison.scores[kFirst].macro_f1 == Approx((2 * 1. / 4 + 2 * 1. / 5 + 2 * 1. / 3) / 3));
  CHECK(comparison.scores[kSecond].macro_f1 == Approx((2 * 2. / 6 + 2 * 2. / 4 + 0) / 3));
}

TEST_CASE("a label that neither model knows is not part of macro F1") {
  const LabelSet labels({"ball", "space"});
  const Comparison comparison =
      compare_models({ComparedModel{"one", "aa", labels}, ComparedModel{"two", "bb", labels}},
                     {document("1", "ball", {"ball", 1}, {"ball", 1}),
                      document("2", "hockey", {"space", 1}, {"ball", 1})},
                     {});
  CHECK(comparison.scores[kFirst].macro_f1 == 1);
  CHECK(comparison.scores[kSecond].macro_f1 == Approx(2. / 3));
}

TEST_CASE("the text of a comparison shows table, test and the most confident changes") {
  const std::string report = text_report(example(), 3);
  const std::string expected =
      "first   old: accuracy 50.00 %, 95 % interval 18.76 to 81.24 (3 of 6 documents)\n"
      "second  new: accuracy 66.67 %, 95 % interval 30.00 to 90.32 (4 of 6 documents; 2 with an "
      "unknown label)\n"
      "second minus first: +16.67 percentage points, 95 % interval -31.50 to +55.85\n"
      "macro F1: first 52.22 %, second 55.56 %, difference +3.33 percentage points\n"
      "\n"
      "documents      second correct  second wrong\n"
      "first correct               2             1\n"
      "first wrong                 2             1\n"
      "\n"
      "McNemar's exact test, two-sided: p = 1, based on 3 documents that only one model labels "
      "correctly\n"
      "the predicted label differs on 4 of 6 documents\n"
      "\n"
      "changed documents, highest probabilities first (3 of 4; --changes N shows more)\n"
      "correct  first       %  second      %  label   document\n"
      "first    art    100.00  ball   100.00  art     a\\t1\n"
      "second   ball    75.00  space   75.00  space   s/1\n"
      "second   space   75.00  ball    50.00  ball    b/2\n";
  CHECK(report == expected);
  CHECK(text_report(example(), 4).find("--changes") == std::string::npos);
  CHECK(text_report(example(), 4).find("\nnone     space   25.00  ball    50.00  art     a/2\n") !=
        std::string::npos);
  CHECK(text_report(example(), 0).find("changed documents") == std::string::npos);
}

TEST_CASE("the text of a comparison escapes the control characters of names") {
  const std::string report = text_report(
      compare_models({ComparedModel{"o\x1b[31mld", "aa", LabelSet({"ball\u202e", "space"})},
                      ComparedModel{"new", "bb", LabelSet({"ball\u202e", "space"})}},
                     {document("1\x07", "space", {"ball\u202e", 0.5F}, {"space", 0.75F})}, {}),
      20);
  CHECK(report.starts_with("first   o\\x1b[31mld: accuracy "));
  CHECK_THAT(
      report,
      Catch::Matchers::EndsWith(
          "correct  first                 %  second                %  label             document\n"
          "second   ball\\xe2\\x80\\xae  50.00  space             75.00  space             "
          "1\\x07\n"));
}

TEST_CASE("the JSON of a comparison contains every number and all changed documents") {
  const json report = json::parse(json_report(example()));
  CHECK(report["documents"] == 6);
  CHECK(report["models"][0]["name"] == "old");
  CHECK(report["models"][0]["digest"] == "aa");
  CHECK(report["models"][0]["accuracy"] == 0.5);
  CHECK(report["models"][0]["accuracy_interval"][0].get<double>() == Approx(0.1876163064826506));
  CHECK(report["models"][1]["right"] == 4);
  CHECK(report["models"][1]["unknown_label"] == 2);
  CHECK(report["same_model"] == false);
  CHECK(report["difference"].get<double>() == Approx(1.0 / 6));
  CHECK(report["difference_interval"][0].get<double>() == Approx(-0.315031287134799));
  CHECK(report["difference_interval"][1].get<double>() == Approx(0.5585149983251492));
  CHECK(report["models"][0]["macro_f1"].get<double>() == Approx(47. / 90));
  CHECK(report["models"][1]["macro_f1"].get<double>() == Approx(5. / 9));
  CHECK(report["macro_f1_difference"].get<double>() == Approx(1. / 30));
  CHECK(report["both_right"] == 2);
  CHECK(report["only_first"] == 1);
  CHECK(report["only_second"] == 2);
  CHECK(report["both_wrong"] == 1);
  CHECK(report["p_value"] == 1);
  CHECK(report["changed"] == 4);
  REQUIRE(report["changed_documents"].size() == 4);
  CHECK(report["changed_documents"][0] == json::parse(R"({"id": "b/2", "label": "ball",
                        "first": {"label": "space", "probability": 0.75, "right": false},
                        "second": {"label": "ball", "probability": 0.5, "right": true}})"));
  CHECK(report["counts"] == json::parse(R"({"read": 7, "empty": 1, "repaired": 2})"));
}

TEST_CASE("the JSON of a comparison is valid even if a file name is not UTF-8") {
  Comparison comparison = example();
  comparison.documents[1].id = "b/\xff";
  CHECK(json::parse(json_report(comparison))["changed_documents"][0]["id"] == "b/\uFFFD");
}

TEST_CASE("the TSV of a comparison has one escaped line per document") {
  const std::string report = tsv_report(example());
  CHECK(report.starts_with(
      "id\tlabel\tfirst_label\tfirst_probability\tsecond_label\tsecond_probability\n"
      "b/1\tball\tball\t0.5\tball\t0.75\n"));
  CHECK(report.find("\na\\t1\tart\tart\t1\tball\t1\n") != std::string::npos);
  CHECK(std::count(report.begin(), report.end(), '\n') == 7);
}

TEST_CASE("models with the same digest are reported as the same model") {
  const ComparedModel model{"one", "aa", LabelSet({"ball", "space"})};
  const ComparedModel copy{"two", "aa", LabelSet({"ball", "space"})};
  const Comparison comparison =
      compare_models({model, copy}, {document("1", "ball", {"ball", 1}, {"ball", 1})}, {});
  const std::string report = text_report(comparison, 20);
  CHECK(report.find("\nboth files contain the same model\n") != std::string::npos);
  CHECK(report.find("p = 1, based on 0 documents that only one model labels correctly\n"
                    "the predicted label differs on 0 of 1 documents\n") != std::string::npos);
  CHECK(json::parse(json_report(comparison))["same_model"] == true);
}
