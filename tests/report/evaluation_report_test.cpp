// SPDX-License-Identifier: MIT
#include "newsclf/report/evaluation_report.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/judged.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

using nlohmann::ordered_json;

constexpr std::int32_t kBall = 0, kSpace = 1, kUniverse = 2;

/// 11 documents: 4 of baseball, all predicted as space; 5 of space, one predicted as baseball; none
/// of the third label; 2 of unknown labels, predicted as the third label and as space.
Evaluation example() {
  std::vector<JudgedDocument> documents = {
      judged("ball/1", kBall, {0.3, 0.5, 0.2}),
      judged("ball/2", kBall, {0.06, 0.9, 0.04}),
      judged("ball/3", kBall, {0.3, 0.5, 0.2}),
      judged("ball/4", kBall, {0.1, 0.7, 0.2}),
      judged("space/1", kSpace, {0.78, 0.2, 0.02}),
      judged("space/2", kSpace, {0.006, 0.99, 0.004}),
      judged("space/3", kSpace, {0.006, 0.99, 0.004}),
      judged("space/4", kSpace, {0.006, 0.99, 0.004}),
      judged("space/5", kSpace, {0.006, 0.99, 0.004}),
      judged("art/1", LabelSet::kUnknown, {0.2, 0.18, 0.62}),
      judged("art/2", LabelSet::kUnknown, {0.4, 0.58, 0.02}),
  };
  ReadCounts counts;
  counts.read = 13;
  counts.empty = 2;
  counts.repaired = 3;
  return evaluate(LabelSet({"baseball", "sci.space.exploration", "Ünïversum"}),
                  std::move(documents), 1, counts);
}

Evaluation all_right() {
  return evaluate(
      LabelSet({"baseball", "space"}),
      {judged("1", 0, {0.9, 0.1}), judged("2", 0, {0.9, 0.1}), judged("3", 1, {0.1, 0.9})}, 1, {});
}

/// Of every four labels, named from label1000 on, the first and the fourth have one correct
/// document, the second has two documents that are predicted as the third, and the third has none.
Evaluation many_labels(std::int32_t labels) {
  std::vector<std::string> names;
  std::vector<JudgedDocument> documents;
  for (std::int32_t l = 0; l < labels; ++l) {
    names.push_back("label" + std::to_string(1000 + l));
    if (l % 4 == 1 && l + 1 < labels)
      for (int i = 0; i < 2; ++i)
        documents.push_back({"id", names.back(), l, l + 1, 1, {0.9, -1}, {0.9, -1}});
    else if (l % 4 != 2)
      documents.push_back({"id", names.back(), l, l, 0, {0.9, -0.1}, {0.9, -0.1}});
  }
  return evaluate(LabelSet(std::move(names)), std::move(documents), 1, {});
}

/// 7 documents at temperature 2: 4 with probability 0.75 (uncalibrated 9/10), 3 of them right; 1
/// with 0.5 (uncalibrated 0.5), right; 2 with 0.9 (uncalibrated 81/82), right.
Evaluation calibrated() {
  std::vector<JudgedDocument> documents = {judged("sure", 0, {0.9, 0.1}, 2),
                                           judged("sure", 0, {0.9, 0.1}, 2),
                                           judged("unsure", 0, {0.5, 0.5}, 2)};
  for (const std::int32_t truth : {1, 1, 0, 1})
    documents.push_back(judged("likely", truth, {0.25, 0.75}, 2));
  return evaluate(LabelSet({"baseball", "space"}), std::move(documents), 2, {});
}

/// The text report without the table of coverages.
std::string without_coverage(const Evaluation& evaluation) {
  const std::string report = text_report(evaluation);
  const std::size_t from = report.find("coverage: "), to = report.find("confusion matrix");
  return report.substr(0, from) + report.substr(to);
}

std::vector<std::string> keys_of(const ordered_json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

using Keys = std::vector<std::string>;

void check_scores(const ordered_json& scores, double precision, double recall, double f1) {
  CHECK(keys_of(scores) == Keys{"precision", "recall", "f1"});
  CHECK(scores["precision"].get<double>() == Approx(precision));
  CHECK(scores["recall"].get<double>() == Approx(recall));
  CHECK(scores["f1"].get<double>() == Approx(f1));
}

}  // namespace

TEST_CASE("an evaluation judges every document") {
  const Evaluation evaluation = example();
  CHECK(evaluation.documents.size() == 11);
  CHECK(evaluation.matrix.documents() == 11);
  CHECK(evaluation.matrix.unknown() == 2);
  CHECK(evaluation.metrics.documents == 11);
  CHECK(evaluation.metrics.accuracy == Approx(4. / 11));
}

TEST_CASE("the text report shows accuracy, labels, averages, confusion and confident mistakes") {
  CHECK(
      without_coverage(example()) ==
      "accuracy 36.36 %, 95 % interval 15.17 to 64.62 (4 of 11 documents)\n"
      "\n"
      "label                  precision     recall         F1  documents\n"
      "baseball                    0.00       0.00       0.00          4\n"
      "sci.space.exploration      44.44      80.00      57.14          5\n"
      "Ünïversum                   0.00       0.00       0.00          0\n"
      "\n"
      "macro average              22.22      40.00      28.57\n"
      "micro average              36.36      36.36      36.36\n"
      "weighted average           20.20      36.36      25.97\n"
      "\n"
      "log loss 1.0193 nats\n"
      "top-2 accuracy 72.73 %\n"
      "calibration error 42.00 %\n"
      "\n"
      "reliability: mean probability and accuracy per range of the predicted label's probability\n"
      "probability            documents       mean   accuracy\n"
      "46.67 to  53.33                2      50.00       0.00\n"
      "53.33 to  60.00                1      58.00       0.00\n"
      "60.00 to  66.67                1      62.00       0.00\n"
      "66.67 to  73.33                1      70.00       0.00\n"
      "73.33 to  80.00                1      78.00       0.00\n"
      "86.67 to  93.33                1      90.00       0.00\n"
      "93.33 to 100.00                4      99.00     100.00\n"
      "\n"
      "confusion matrix (rows: true labels; columns: predicted labels in the same order)\n"
      "baseball                .  4  .\n"
      "sci.space.exploration   1  4  .\n"
      "Ünïversum               .  .  .\n"
      "\n"
      "most confused labels, with the most confident mistakes\n"
      "    4  baseball predicted as sci.space.exploration: ball/2, ball/4, ball/1, …\n"
      "    1  sci.space.exploration predicted as baseball: space/1\n");
}

TEST_CASE("the text report ends with the matrix if nothing is confused") {
  CHECK(
      without_coverage(all_right()) ==
      "accuracy 100.00 %, 95 % interval 43.85 to 100.00 (3 of 3 documents)\n"
      "\n"
      "label             precision     recall         F1  documents\n"
      "baseball             100.00     100.00     100.00          2\n"
      "space                100.00     100.00     100.00          1\n"
      "\n"
      "macro average        100.00     100.00     100.00\n"
      "micro average        100.00     100.00     100.00\n"
      "weighted average     100.00     100.00     100.00\n"
      "\n"
      "log loss 0.1054 nats\n"
      "calibration error 10.00 %\n"
      "\n"
      "reliability: mean probability and accuracy per range of the predicted label's probability\n"
      "probability       documents       mean   accuracy\n"
      "86.67 to  93.33           3      90.00     100.00\n"
      "\n"
      "confusion matrix (rows: true labels; columns: predicted labels in the same order)\n"
      "baseball          2 .\n"
      "space             . 1\n");
}

TEST_CASE("the text report of a calibrated model also shows uncalibrated values") {
  const std::string report = text_report(calibrated());
  const std::size_t from = report.find("log loss"), to = report.find("coverage: ");
  CHECK(
      report.substr(from, to - from) ==
      "log loss 0.4505 nats\n"
      "calibration error 10.00 % (before calibration 16.06 %, temperature 2.00)\n"
      "\n"
      "reliability: mean probability and accuracy per range of the predicted label's probability\n"
      "                                       calibrated               before calibration\n"
      "probability       documents       mean   accuracy  documents       mean   accuracy\n"
      "46.67 to  53.33           1      50.00     100.00          1      50.00     100.00\n"
      "73.33 to  80.00           4      75.00      75.00          .          .          .\n"
      "86.67 to  93.33           2      90.00     100.00          4      90.00      75.00\n"
      "93.33 to 100.00           .          .          .          2      98.78     100.00\n"
      "\n");
}

TEST_CASE("the text report shows how accuracy rises if fewer documents are answered") {
  Evaluation evaluation = calibrated();
  evaluation.answered = {6, 5};
  const std::string report = text_report(evaluation, true);
  const std::size_t from = report.find("coverage: "), to = report.find("confusion matrix");
  CHECK(report.substr(from, to - from) ==
        "coverage: accuracy if only the most confident documents are answered\n"
        "coverage          documents   accuracy  threshold\n"
        "100.00                    7      85.71     0.5000\n"
        " 95.00                    7      85.71     0.5000\n"
        " 90.00                    7      85.71     0.5000\n"
        " 80.00                    6      83.33     0.7500\n"
        " 70.00                    6      83.33     0.7500\n"
        " 60.00                    6      83.33     0.7500\n"
        " 50.00                    6      83.33     0.7500\n"
        "the model's thresholds answer 6 of 7 documents (85.71 %); 83.33 % of the answers are "
        "correct\n"
        "\n"
        "precision if only the most confident predictions of a label are answered\n"
        "coverage             100      95      90      80      70      60      50\n"
        "baseball          100.00  100.00  100.00  100.00  100.00  100.00  100.00\n"
        "space              75.00   75.00   75.00   75.00   75.00   75.00   75.00\n"
        "\n");
}

TEST_CASE("the JSON report has a point per percent answered, of each label if asked") {
  Evaluation evaluation = calibrated();
  evaluation.answered = {6, 5};
  const auto report = ordered_json::parse(json_report(evaluation, true));
  REQUIRE(report["coverage"].size() == 3);  // of seven documents, with three confidences
  CHECK(report["coverage"][1]["coverage"] == 6. / 7);
  CHECK(report["coverage"][1]["accuracy"] == 5. / 6);
  CHECK(report["coverage"][1]["threshold"].get<double>() == Approx(0.75));
  CHECK(report["answered"]["documents"] == 6);
  CHECK(report["answered"]["accuracy"] == 5. / 6);
  CHECK(report["labels"][1]["coverage"].size() == 1);
  CHECK_FALSE(ordered_json::parse(json_report(evaluation))["labels"][1].contains("coverage"));
}

TEST_CASE("the text report writes temperatures with three digits") {
  const auto shown = [](float temperature) {
    const std::string report = text_report(evaluate(
        LabelSet({"a", "b"}), {judged("id", 0, {0.9, 0.1}, temperature)}, temperature, {}));
    const std::size_t from = report.find("temperature ");
    return report.substr(from, report.find(')', from) - from);
  };
  CHECK(shown(1.4321f) == "temperature 1.43");
  CHECK(shown(0.05f) == "temperature 0.0500");
  CHECK(shown(12.345f) == "temperature 12.3");
}

TEST_CASE("the text report shows top-k accuracy for k above 1 on one line") {
  const std::vector<double> probabilities = {0.3, 0.25, 0.2, 0.12, 0.08, 0.05};
  std::vector<JudgedDocument> documents;
  for (std::int32_t truth = 0; truth < 6; ++truth)
    documents.push_back(judged("id", truth, probabilities));
  CHECK_THAT(text_report(evaluate(LabelSet({"a", "b", "c", "d", "e", "f"}), documents, 1, {})),
             Catch::Matchers::Contains(
                 "\ntop-2 accuracy 33.33 %, top-3 accuracy 50.00 %, top-5 accuracy 83.33 %\n"));
}

TEST_CASE("the text report lists at most five confused pairs") {
  std::vector<JudgedDocument> documents;
  for (std::int32_t truth = 0; truth < 3; ++truth)
    for (std::int32_t predicted = 0; predicted < 3; ++predicted)
      documents.push_back(
          {std::to_string(truth) + std::to_string(predicted), "", truth, predicted, 0, {}, {}});
  const std::string report = text_report(evaluate(LabelSet({"a", "b", "c"}), documents, 1, {}));
  CHECK(report.substr(report.find("most confused")) ==
        "most confused labels, with the most confident mistakes\n"
        "    1  a predicted as b: 01\n"
        "    1  a predicted as c: 02\n"
        "    1  b predicted as a: 10\n"
        "    1  b predicted as c: 12\n"
        "    1  c predicted as a: 20\n");
}

TEST_CASE("the columns of the confusion matrix are aligned for counts of several digits") {
  const std::string report = text_report(evaluate(
      LabelSet({"a", "b"}), std::vector<JudgedDocument>(1000, judged("id", 1, {0.1, 0.9})), 1, {}));
  CHECK(report.find("\na                    .    .\nb                    . 1000\n") !=
        std::string::npos);
}

TEST_CASE("the text report escapes the control characters of labels and ids") {
  const std::string report = text_report(evaluate(
      LabelSet({"all right", "ring\x07ing of the bell", "\u202eturned"}),
      {judged("red\x1b[31m", 2, {0.1, 0.8, 0.1}), judged("2", 0, {0.8, 0.1, 0.1})}, 1, {}));
  CHECK_THAT(report,
             Contains("\nlabel                    precision     recall         F1  documents\n"
                      "all right                   100.00     100.00     100.00          1\n"
                      "ring\\x07ing of the bell       0.00       0.00       0.00          0\n"
                      "\\xe2\\x80\\xaeturned            0.00       0.00       0.00          1\n") &&
                 Contains("\nring\\x07ing of the bell  . . .\n") &&
                 Contains("  \\xe2\\x80\\xaeturned predicted as ring\\x07ing of the bell: "
                          "red\\x1b[31m\n"));
  for (const char* const control : {"\x07", "\x1b", "\u202e"})
    CHECK(report.find(control) == std::string::npos);
}

TEST_CASE("for many labels the text report shows the worst and refers to the JSON report") {
  const Evaluation evaluation = many_labels(5000);
  const std::string report = text_report(evaluation);
  CHECK(std::ranges::count(report, '\n') < 80);
  CHECK_THAT(report,
             Contains("\nthe 20 of 5,000 labels with the lowest F1; the JSON report lists all\n"
                      "label             precision     recall         F1  documents\n"
                      "label1001              0.00       0.00       0.00          2\n"
                      "label1005              0.00       0.00       0.00          2\n") &&
                 Contains("\nconfusion matrix of the 20 of 5,000 labels with the most mistakes "
                          "(rows: true labels; "));
  CHECK_THAT(report, !Contains("\nlabel1000 "));  // all its documents are right
  // label1002 has no documents but wrong predictions, so only the matrix shows it.
  const std::size_t matrix = report.find("\nconfusion matrix");
  CHECK(report.find("\nlabel1002 ") > matrix);
  CHECK_THAT(text_report(many_labels(60)), Contains("\nlabel1059 ") && !Contains(" labels with "));
}

TEST_CASE("the JSON report of very many labels lists only the pairs that occur") {
  const ordered_json report = ordered_json::parse(json_report(many_labels(1001)));
  CHECK_FALSE(report.contains("confusion"));
  REQUIRE(report["confusion_pairs"].size() == 751);
  CHECK(report["confusion_pairs"][1].dump() ==
        R"({"true":"label1001","predicted":"label1002","count":2})");
  CHECK(report["labels"].size() == 1001);
  CHECK(ordered_json::parse(json_report(many_labels(1000)))["confusion"].size() == 1000);
}

TEST_CASE("the JSON report is one object with stable keys") {
  const std::string text = json_report(example());
  CHECK(text.back() == '\n');
  const ordered_json report = ordered_json::parse(text);
  CHECK(keys_of(report) == Keys{"documents", "accuracy", "accuracy_interval", "macro", "micro",
                                "weighted", "log_loss", "calibration_error", "top_k", "temperature",
                                "reliability", "coverage", "labels", "confusion", "counts"});
  CHECK(report["documents"] == 11);
  CHECK(report["accuracy"] == 4. / 11);
  REQUIRE(report["accuracy_interval"].size() == 2);
  CHECK(report["accuracy_interval"][0].get<double>() == Approx(0.151664710953676));
  CHECK(report["accuracy_interval"][1].get<double>() == Approx(0.646198825492151));
  check_scores(report["macro"], 2. / 9, 2. / 5, 2. / 7);
  check_scores(report["micro"], 4. / 11, 4. / 11, 4. / 11);
  check_scores(report["weighted"], 20. / 99, 4. / 11, 20. / 77);
}

TEST_CASE("the JSON report has log loss, calibration error and top-k accuracy") {
  const Evaluation evaluation = example();
  const ordered_json report = ordered_json::parse(json_report(evaluation));
  // p of the true label: 0.3 twice, 0.06, 0.1, 0.2, and 0.99 four times
  CHECK(report["log_loss"].get<double>() ==
        Approx(-(2 * std::log(0.3) + std::log(0.06 * 0.1 * 0.2) + 4 * std::log(0.99)) / 9));
  CHECK(report["log_loss"] == evaluation.calibration.log_loss);
  CHECK(report["calibration_error"].get<double>() == Approx(0.42));
  CHECK(report["calibration_error"] == evaluation.calibration.error);
  CHECK(keys_of(report["top_k"]) == Keys{"1", "2"});
  CHECK(report["top_k"]["1"] == 4. / 11);
  CHECK(report["top_k"]["2"] == 8. / 11);
  CHECK(report["temperature"] == 1);
}

TEST_CASE("the JSON report has all reliability bins") {
  const ordered_json bins = ordered_json::parse(json_report(example()))["reliability"];
  REQUIRE(bins.size() == 15);
  const int documents[] = {0, 0, 0, 0, 0, 0, 0, 2, 1, 1, 1, 1, 0, 1, 4};
  for (std::size_t i = 0; i < 15; ++i) {
    CAPTURE(i);
    CHECK(keys_of(bins[i]) == Keys{"low", "high", "documents", "mean_probability", "accuracy"});
    CHECK(bins[i]["low"] == static_cast<double>(i) / 15);
    CHECK(bins[i]["high"] == static_cast<double>(i + 1) / 15);
    CHECK(bins[i]["documents"] == documents[i]);
  }
  CHECK(bins[0]["mean_probability"] == 0);
  CHECK(bins[0]["accuracy"] == 0);
  CHECK(bins[14]["mean_probability"].get<double>() == Approx(0.99));
  CHECK(bins[14]["accuracy"] == 1);
}

TEST_CASE("the JSON report of a calibrated model also contains uncalibrated values") {
  const Evaluation evaluation = calibrated();
  const ordered_json report = ordered_json::parse(json_report(evaluation));
  CHECK(keys_of(report) == Keys{"documents", "accuracy", "accuracy_interval", "macro", "micro",
                                "weighted", "log_loss", "calibration_error", "top_k", "temperature",
                                "before_calibration", "reliability", "coverage", "labels",
                                "confusion", "counts"});
  CHECK(report["temperature"] == 2);
  CHECK(report["log_loss"].get<double>() ==
        Approx(-(3 * std::log(0.75) + std::log(0.25 * 0.5) + 2 * std::log(0.9)) / 7));
  CHECK(report["calibration_error"].get<double>() == Approx(0.1));
  const ordered_json before = report["before_calibration"];
  CHECK(keys_of(before) == Keys{"log_loss", "calibration_error"});
  CHECK(before["log_loss"].get<double>() ==
        Approx(-(3 * std::log(0.9) + std::log(0.1 * 0.5) + 2 * std::log(81. / 82)) / 7));
  CHECK(before["log_loss"] == evaluation.uncalibrated.log_loss);
  CHECK(before["calibration_error"].get<double>() == Approx((4 * 0.15 + 0.5 + 2. / 82) / 7));
  CHECK(before["calibration_error"] == evaluation.uncalibrated.error);
  CHECK(report["reliability"][13]["documents"] == 2);  // after calibration
}

TEST_CASE("the JSON report has an object for each label of the model") {
  const ordered_json labels = ordered_json::parse(json_report(example()))["labels"];
  REQUIRE(labels.size() == 3);
  CHECK(keys_of(labels[1]) == Keys{"label", "precision", "recall", "f1", "support"});
  CHECK(labels[0]["label"] == "baseball");
  CHECK(labels[0]["support"] == 4);
  CHECK(labels[1]["label"] == "sci.space.exploration");
  CHECK(labels[1]["precision"] == 4. / 9);
  CHECK(labels[1]["recall"] == 4. / 5);
  CHECK(labels[1]["f1"].get<double>() == Approx(4. / 7));
  CHECK(labels[1]["support"] == 5);
  CHECK(labels[2]["label"] == "Ünïversum");
  CHECK(labels[2]["precision"] == 0);
  CHECK(labels[2]["support"] == 0);
}

TEST_CASE("the JSON report has the confusion matrix with one row per true label") {
  const ordered_json report = ordered_json::parse(json_report(example()));
  CHECK(report["confusion"] == ordered_json::parse("[[0,4,0],[1,4,0],[0,0,0]]"));
}

TEST_CASE("the JSON report contains the counts of documents read") {
  const ordered_json report = ordered_json::parse(json_report(example()));
  CHECK(report["counts"].dump() == R"({"read":13,"empty":2,"unknown_label":2,"repaired":3})");
}

TEST_CASE("the TSV report has one line per document, with the rank of the true label from 1") {
  const Evaluation evaluation =
      evaluate(LabelSet({"baseball", "space", "tennis"}),
               {judge_document("a\tb", "space", 1, std::vector<float>{0, -200, 1}, 1),
                judge_document("2", "baseball", 0, std::vector<float>{0, 0, 0}, 1),
                judge_document("3", "hockey", LabelSet::kUnknown, std::vector<float>{0, 0, 0}, 1)},
               1, {});
  // e / (1 + e), and e^-200 / (1 + e), which is too small for a float.
  CHECK(tsv_report(evaluation) ==
        "id\tlabel\tpredicted\tprobability\tlabel_probability\tlabel_rank\n"
        "a\\tb\tspace\ttennis\t0.7310586\t3.72187099e-88\t3\n"
        "2\tbaseball\tbaseball\t0.33333334\t0.33333334\t1\n"
        "3\thockey\tbaseball\t0.33333334\t\t\n");
}

TEST_CASE("the TSV report has a column per label if documents have all probabilities") {
  std::vector<JudgedDocument> documents = {judged("1", 1, {0.25, 0.75})};
  documents[0].probabilities = {0.25F, 0.75F};
  CHECK(tsv_report(evaluate(LabelSet({"id", "sci\tfi"}), std::move(documents), 1, {})) ==
        "id\tlabel\tpredicted\tprobability\tlabel_probability\tlabel_rank\tpredicted_id\tsci\\tfi\n"
        "1\tlabel\tsci\\tfi\t0.75\t0.75\t1\t0.25\t0.75\n");
}
