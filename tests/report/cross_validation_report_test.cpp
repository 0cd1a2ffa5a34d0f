// SPDX-License-Identifier: MIT
#include "newsclf/report/cross_validation_report.hpp"

#include <nlohmann/json.hpp>

#include "newsclf/report/evaluation_report.hpp"
#include "report/judged.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// In every fold three documents of three labels, of which the second is predicted as the third in
/// every other fold.
CrossValidation example(std::int32_t folds) {
  const LabelSet labels({"ball", "bicycle", "Ünïversum"});
  std::vector<FoldMetric> metrics;
  std::vector<JudgedDocument> all;
  for (std::int32_t fold = 0; fold < folds; ++fold) {
    std::vector<JudgedDocument> documents = {
        judged("1", 0, {0.8, 0.1, 0.1}), judged("2", 2, {0.1, 0.1, 0.8}),
        judged("3", 1, fold % 2 == 0 ? std::vector{0.1, 0.1, 0.8} : std::vector{0.1, 0.8, 0.1})};
    all.insert(all.end(), documents.begin(), documents.end());
    add_fold(evaluate(labels, std::move(documents), 1, {}), metrics);
  }
  return {7, std::vector<std::int64_t>(static_cast<std::size_t>(folds), 3), std::move(metrics),
          evaluate(labels, std::move(all), 1, {})};
}

}  // namespace

TEST_CASE("the text report of a cross-validation shows all metrics and, if few, all folds") {
  // In the first fold, the labels have an F1 of 1, 0 and 2/3, and the probabilities of the true
  // labels are 0.8, 0.8 and 0.1; in the second, everything is right.
  CHECK(text_report(example(2)) ==
        "2-fold cross-validation of 6 documents, 3 labels\n"
        "\n"
        "metric                mean      SE   fold 1   fold 2\n"
        "accuracy             83.33   16.67    66.67   100.00\n"
        "macro precision      75.00   25.00    50.00   100.00\n"
        "macro recall         83.33   16.67    66.67   100.00\n"
        "macro F1             77.78   22.22    55.56   100.00\n"
        "weighted F1          77.78   22.22    55.56   100.00\n"
        "log loss            0.5697  0.3466   0.9163   0.2231\n"
        "calibration error    16.67    3.33    13.33    20.00\n"
        "top-2 accuracy       83.33   16.67    66.67   100.00\n"
        "\n"
        "in percent, log loss in nats; SE: standard error over folds, only approximate\n"
        "because folds share training documents\n"
        "\n"
        "predictions for all documents, each by the classifier trained without its fold\n"
        "label      precision     recall         F1  documents\n"
        "ball          100.00     100.00     100.00          2\n"
        "bicycle       100.00      50.00      66.67          2\n"
        "Ünïversum      66.67     100.00      80.00          2\n");
  const std::string many = text_report(example(6));
  CHECK_THAT(many,
             Contains("metric                mean      SE\naccuracy             83.33    7.45\n"));
}

TEST_CASE("the JSON report of a cross-validation has every metric of every fold") {
  const auto report = nlohmann::ordered_json::parse(json_report(example(2)));
  std::vector<std::string> keys;
  for (const auto& [key, value] : report.items()) keys.push_back(key);
  CHECK(keys ==
        std::vector<std::string>{"k", "documents", "seed", "fold_documents", "metrics", "labels"});
  CHECK(report["k"] == 2);
  CHECK(report["documents"] == 6);
  CHECK(report["seed"] == 7);
  CHECK(report["fold_documents"] == nlohmann::json::parse("[3,3]"));
  CHECK(report["metrics"].size() == 8);
  const auto& accuracy = report["metrics"]["accuracy"];
  CHECK(accuracy["mean"].get<double>() == Approx(5.0 / 6));
  CHECK(accuracy["standard_error"].get<double>() == Approx(1.0 / 6));
  CHECK(accuracy["folds"][0].get<double>() == Approx(2.0 / 3));
  CHECK(accuracy["folds"][1] == 1);
  REQUIRE(report["labels"].size() == 3);
  CHECK(report["labels"][1]["label"] == "bicycle");
  CHECK(report["labels"][1]["recall"] == 0.5);
  CHECK(report["labels"][1]["support"] == 2);
}
