// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/report.hpp"

#include <nlohmann/json.hpp>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using nlohmann::ordered_json;

constexpr std::int32_t kBall = 0, kSpace = 1, kUniverse = 2;

/// 11 documents: 4 of baseball, taken for space throughout; 5 of space, of which one is taken for
/// baseball; none of the third label, for which a document of an unknown one is taken; and one more
/// unknown one, taken for space.
Evaluation example() {
  std::vector<JudgedDocument> documents = {
      {"ball/1", kBall, {kSpace, 0.5f}},
      {"ball/2", kBall, {kSpace, 0.9f}},
      {"ball/3", kBall, {kSpace, 0.5f}},
      {"ball/4", kBall, {kSpace, 0.7f}},
      {"space/1", kSpace, {kBall, 0.8f}},
      {"space/2", kSpace, {kSpace, 0.99f}},
      {"space/3", kSpace, {kSpace, 0.99f}},
      {"space/4", kSpace, {kSpace, 0.99f}},
      {"space/5", kSpace, {kSpace, 0.99f}},
      {"art/1", LabelSet::kUnknown, {kUniverse, 0.6f}},
      {"art/2", LabelSet::kUnknown, {kSpace, 0.6f}},
  };
  ReadCounts counts;
  counts.read = 13;
  counts.empty = 2;
  counts.repaired = 3;
  return evaluate(LabelSet({"baseball", "sci.space.exploration", "Ünïversum"}),
                  std::move(documents), counts);
}

Evaluation all_right() {
  return evaluate(LabelSet({"baseball", "space"}),
                  {{"1", 0, {0, 0.9f}}, {"2", 0, {0, 0.9f}}, {"3", 1, {1, 0.9f}}}, {});
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

TEST_CASE("the text report tells accuracy, labels, averages, confusion and the surest mistakes") {
  CHECK(text_report(example()) ==
        "accuracy 36.36 %, 95 % interval 15.17 to 64.62 (4 of 11 documents)\n"
        "\n"
        "label                  precision     recall         F1  documents\n"
        "baseball                    0.00       0.00       0.00          4\n"
        "sci.space.exploration      44.44      80.00      57.14          5\n"
        "Ünïversum                   0.00       0.00       0.00          0\n"
        "\n"
        "macro average              22.22      40.00      28.57\n"
        "micro average              36.36      36.36      36.36\n"
        "weighted average           24.69      44.44      31.75\n"
        "\n"
        "confusion matrix: a row a true label, a column a predicted one, in this order\n"
        "baseball                .  4  .\n"
        "sci.space.exploration   1  4  .\n"
        "Ünïversum               .  .  .\n"
        "\n"
        "most confused, with the documents the model was surest about\n"
        "    4  baseball taken for sci.space.exploration: ball/2, ball/4, ball/1, …\n"
        "    1  sci.space.exploration taken for baseball: space/1\n");
}

TEST_CASE("where nothing is confused the text report ends with the matrix") {
  CHECK(text_report(all_right()) ==
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
        "confusion matrix: a row a true label, a column a predicted one, in this order\n"
        "baseball          2 .\n"
        "space             . 1\n");
}

TEST_CASE("the text report names no more than five confused pairs") {
  std::vector<JudgedDocument> documents;
  for (std::int32_t truth = 0; truth < 3; ++truth)
    for (std::int32_t predicted = 0; predicted < 3; ++predicted)
      documents.push_back(
          {std::to_string(truth) + std::to_string(predicted), truth, {predicted, 0.5f}});
  const std::string report = text_report(evaluate(LabelSet({"a", "b", "c"}), documents, {}));
  CHECK(report.substr(report.find("most confused")) ==
        "most confused, with the documents the model was surest about\n"
        "    1  a taken for b: 01\n"
        "    1  a taken for c: 02\n"
        "    1  b taken for a: 10\n"
        "    1  b taken for c: 12\n"
        "    1  c taken for a: 20\n");
}

TEST_CASE("the confusion matrix stays in columns for counts of several digits") {
  const std::string report = text_report(
      evaluate(LabelSet({"a", "b"}), std::vector<JudgedDocument>(1000, {"id", 1, {1, 0.9f}}), {}));
  CHECK(report.find("\na                    .    .\nb                    . 1000\n") !=
        std::string::npos);
}

TEST_CASE("the JSON report is one object with stable keys") {
  const std::string text = json_report(example());
  CHECK(text.back() == '\n');
  const ordered_json report = ordered_json::parse(text);
  CHECK(keys_of(report) == Keys{"documents", "accuracy", "accuracy_interval", "macro", "micro",
                                "weighted", "labels", "confusion", "counts"});
  CHECK(report["documents"] == 11);
  CHECK(report["accuracy"] == 4. / 11);
  REQUIRE(report["accuracy_interval"].size() == 2);
  CHECK(report["accuracy_interval"][0].get<double>() == Approx(0.151664710953676));
  CHECK(report["accuracy_interval"][1].get<double>() == Approx(0.646198825492151));
  check_scores(report["macro"], 2. / 9, 2. / 5, 2. / 7);
  check_scores(report["micro"], 4. / 11, 4. / 11, 4. / 11);
  check_scores(report["weighted"], 20. / 81, 4. / 9, 20. / 63);
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

TEST_CASE("the JSON report has the confusion matrix with a row a true label") {
  const ordered_json report = ordered_json::parse(json_report(example()));
  CHECK(report["confusion"] == ordered_json::parse("[[0,4,0],[1,4,0],[0,0,0]]"));
}

TEST_CASE("the JSON report counts what was read") {
  const ordered_json report = ordered_json::parse(json_report(example()));
  CHECK(report["counts"].dump() == R"({"read":13,"empty":2,"unknown_label":2,"repaired":3})");
}
