// SPDX-License-Identifier: MIT
#include <filesystem>
#include <nlohmann/json.hpp>

#include "newsclf/corpus/document_stream.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

/// The model of `tiny_classifier`, and documents that it labels rightly, except the least confident
/// ones: `bat` is baseball to the model, and here it is half baseball, half space.
class ThresholdFolder : public TempDir {
 public:
  ThresholdFolder() {
    save_model(tiny_classifier(), model());
    for (int i = 0; i < 10; ++i) {
      const std::string name = std::to_string(i);
      write("data/baseball/sure" + name, "ball bat bat\n");
      write("data/space/sure" + name, "moon orbit\n");
      write((i % 2 == 0 ? "data/baseball/unsure" : "data/space/unsure") + name, "bat crater\n");
    }
  }
  std::string model() const { return *this / "model"; }
  std::string copy() const { return *this / "copy"; }
  Outcome threshold(std::vector<std::string> more) const {
    more.insert(more.begin(), {"threshold", model(), *this / "data", "-o", copy()});
    return run_newsclf(more);
  }
  std::string predict(const std::string& line) const {
    return run_newsclf({"predict", copy()}, line).out;
  }
};

}  // namespace

TEST_CASE("a model with a threshold for a precision refuses what it is not sure of by itself") {
  const ThresholdFolder folder;
  const Outcome outcome = folder.threshold({"--precision", "0.9"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains(" for a precision of 0.9\nanswers 20 of 30 documents (66.67 %); "
                                   "100.00 % of the answers are correct, 95 % interval "));
  CHECK_THAT(folder.predict("moon orbit\n"), StartsWith("space\t"));
  CHECK_THAT(folder.predict("bat crater\n"), StartsWith("unknown\t") && EndsWith("\tbaseball\n"));
  // The original answers everything.
  CHECK_THAT(run_newsclf({"predict", folder.model()}, "bat crater\n").out,
             StartsWith("baseball\t"));
  // A confidence given by the user replaces the thresholds.
  CHECK_THAT(run_newsclf({"predict", folder.copy(), "--min-confidence", "0"}, "bat crater\n").out,
             StartsWith("baseball\t"));
}

TEST_CASE("a threshold for a coverage answers that share of the documents") {
  const ThresholdFolder folder;
  const Outcome outcome = folder.threshold({"--coverage", "0.3", "--json", "-"});
  const auto scores = nlohmann::json::parse(outcome.out);
  CHECK(scores["goal"] == "coverage");
  CHECK(scores["answered"] == 10);
  CHECK(scores["precision"] == 1.0);
  CHECK(scores["labels"].size() == 2);
}

TEST_CASE("thresholds per label differ, and a label without the precision is never answered") {
  const ThresholdFolder folder;
  for (int i = 0; i < 40; ++i)
    folder.write("data/baseball/wrong" + std::to_string(i), "moon orbit\n");
  const Outcome outcome = folder.threshold({"--precision", "0.6", "--per-label", "--json", "-"});
  CHECK_THAT(outcome.err, Contains("warning: a label is never answered, as no threshold shows a "
                                   "precision of 0.6: space\n"));
  const auto labels = nlohmann::json::parse(outcome.out)["labels"];
  CHECK(labels[0]["threshold"].is_number());
  CHECK(labels[0]["answered"] == 20);
  CHECK(labels[1]["threshold"].is_null());
  CHECK_THAT(folder.predict("moon orbit\n"), EndsWith("\tspace\n"));
}

TEST_CASE("the commands eval and info show the thresholds of a model") {
  const ThresholdFolder folder;
  folder.threshold({"--precision", "0.9"});
  CHECK_THAT(run_newsclf({"eval", folder.copy(), folder / "data"}).out,
             Contains("the model's thresholds answer 20 of 30 documents (66.67 %); 100.00 % of the "
                      "answers are correct\n"));
  const auto scores = nlohmann::json::parse(
      run_newsclf({"eval", folder.copy(), folder / "data", "--json", "-"}).out);
  CHECK(scores["answered"]["documents"] == 20);
  CHECK(scores["accuracy"] == 25.0 / 30);
  CHECK_THAT(run_newsclf({"info", folder.copy()}).out,
             Contains(" for a precision of 0.9; answered 20 of 30 documents, 100.00 % of them "
                      "correctly\n"));
  const auto info = nlohmann::json::parse(run_newsclf({"info", folder.copy(), "--json", "-"}).out);
  CHECK(info["thresholds"]["goal"] == "precision");
  CHECK(info["labels"][0]["threshold"].is_number());
}

TEST_CASE("a precision that the documents do not show is refused, and nothing is written") {
  const ThresholdFolder folder;
  const Outcome outcome = folder.threshold({"--precision", "0.99"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("data: no threshold shows a precision of 0.99 on 30 documents; "
                                   "use a lower --precision or more documents\n"));
  CHECK_FALSE(std::filesystem::exists(folder.copy()));
}

TEST_CASE("thresholds need one goal, documents that were held out, and a free name") {
  const ThresholdFolder folder;
  for (const std::vector<std::string>& goals :
       {std::vector<std::string>{}, {"--precision", "0.9", "--coverage", "0.5"}}) {
    const Outcome outcome = folder.threshold(goals);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains("--precision, --coverage: give one of them"));
  }
  CHECK(folder.threshold({"--coverage", "0.5"}).status == 0);
  const Outcome again = folder.threshold({"--coverage", "0.6"});
  CHECK(again.status == 1);
  CHECK_THAT(again.err, Contains("--force"));
  CHECK(folder.threshold({"--coverage", "0.6", "--force"}).status == 0);

  Classifier classifier = tiny_classifier();
  std::vector<Document> learnt = corpus({{"space", "moon"}, {"baseball", "ball"}});
  StoredDocuments stream(learnt);
  classifier.training.data_digest = digest_documents(stream);
  save_model(classifier, folder / "trained");
  const std::string csv = folder.write("learnt.csv", "label,text\nspace,moon\nbaseball,ball\n");
  const std::string same =
      run_newsclf({"threshold", folder / "trained", csv, "--coverage", "0.5", "-o", folder / "new"})
          .err;
  INFO(same);
  CHECK_THAT(same, Contains("learnt.csv: these are the documents that the model was trained on"));
}
