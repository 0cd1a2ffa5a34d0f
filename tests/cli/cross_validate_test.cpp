// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// Options of a small and fast training.
const std::vector<std::string> kSmall = {"--preset", "fast", "--hidden", "8,4", "--epochs", "6"};

Outcome run_small(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), kSmall.begin(), kSmall.end());
  return run_newsclf(arguments);
}

Outcome cross_validate(std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"cross-validate", sample_data() + "/train"});
  return run_small(std::move(more));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
  return fields;
}

}  // namespace

TEST_CASE("each fold is scored as eval scores a model trained on the other fold") {
  // Two threads with all labels are two folds.
  const TempDir folder;
  const char* const topics[][4] = {
      {"moon orbit rocket", "star orbit comet", "moon comet crater", "rocket star launch"},
      {"ball bat pitch", "ball glove inning", "bat inning run", "pitch glove umpire"}};
  for (const std::string thread : {"first", "second"}) {
    const int shift = thread == "first" ? 0 : 1;
    for (int d = 0; d < 12; ++d)
      for (int l = 0; l < 2; ++l) {
        const std::string label = l == 0 ? "space" : "baseball";
        const std::string name = label + "/" + thread + std::to_string(10 + d);
        const std::string post = "Subject: " + thread + "\n\n" + topics[l][(d + shift) % 4] + ' ' +
                                 topics[(l + (d % 5 == 0)) % 2][d % 3] + '\n';
        folder.write("all/" + name, post);
        folder.write(thread + "/" + name, post);
      }
  }
  const Outcome result = run_small({"cross-validate", folder / "all", "-k", "2", "--predictions",
                                    "-", "--probabilities", "--min-df", "2"});
  REQUIRE(result.status == 0);
  std::vector<std::string> expected;
  for (const auto& [known, unknown] : {std::pair{"first", "second"}, {"second", "first"}}) {
    REQUIRE(run_small({"train", folder / known, "-o", folder / "model", "--force", "--min-df", "2"})
                .status == 0);
    const Outcome scores = run_newsclf(
        {"eval", folder / "model", folder / unknown, "--predictions", "-", "--probabilities"});
    const std::vector<std::string> lines = lines_of(scores.out);
    if (expected.empty()) expected.push_back(lines.front());
    expected.insert(expected.end(), lines.begin() + 1, lines.end());
  }
  REQUIRE(expected.size() == 1 + 48);
  CHECK(expected[1] != expected[2]);
  std::sort(expected.begin() + 1, expected.end());
  CHECK(lines_of(result.out) == expected);  // a tree is read in the order of its file names
}

TEST_CASE("cross-validate prints a line per fold and a table of all metrics") {
  const Outcome outcome = cross_validate({"-k", "3"});
  REQUIRE(outcome.status == 0);
  const std::vector<std::string> notes = lines_of(outcome.err);
  REQUIRE(notes.size() == 4);
  CHECK(notes[0].starts_with("read "));
  for (int fold = 1; fold <= 3; ++fold)
    CHECK_THAT(notes[static_cast<std::size_t>(fold)],
               Catch::Matchers::StartsWith("fold " + std::to_string(fold) + "/3: accuracy ") &&
                   Catch::Matchers::EndsWith(" documents)"));
  CHECK_THAT(outcome.out, Contains("3-fold cross-validation of 102 documents, 3 labels\n") &&
                              Contains("\nmetric                mean      SE   fold 1   fold 2   "
                                       "fold 3\naccuracy  ") &&
                              Contains("\nmacro F1  ") && Contains("\nlog loss  ") &&
                              Contains("\ntop-2 accuracy  ") && Contains("\nastronomy "));
  CHECK_THAT(cross_validate({"-k", "2", "-v"}).err,
             Contains("\nfold 1/2  epoch 6/6  loss ") && Contains("\nfold 2/2  epoch 1/6  loss "));
  CHECK(cross_validate({"-k", "2", "-q"}).err.empty());
}

TEST_CASE("the JSON report of cross-validate agrees with its predictions") {
  const TempDir folder;
  const std::string file = folder / "predictions.tsv";
  const Outcome outcome = cross_validate({"--json", "-", "--predictions", file, "--seed", "3"});
  REQUIRE(outcome.status == 0);
  const auto report = nlohmann::json::parse(outcome.out);
  CHECK(report["k"] == 5);
  CHECK(report["seed"] == 3);
  CHECK(report["documents"] == 102);
  const auto sizes = report["fold_documents"].get<std::vector<double>>();
  const auto folds = report["metrics"]["accuracy"]["folds"].get<std::vector<double>>();
  REQUIRE(sizes.size() == 5);
  REQUIRE(folds.size() == 5);
  double right = 0;
  for (std::size_t fold = 0; fold < 5; ++fold) right += sizes[fold] * folds[fold];
  const std::vector<std::string> lines = lines_of(read_file(file));
  REQUIRE(lines.size() == 1 + 102);
  CHECK(lines[0] == "id\tlabel\tpredicted\tprobability\tlabel_probability\tlabel_rank");
  int counted = 0;
  for (std::size_t d = 1; d < lines.size(); ++d) {
    const std::vector<std::string> fields = fields_of(lines[d]);
    counted += fields[1] == fields[2];
  }
  CHECK(right == Approx(counted));
  CHECK(counted > 60);
  for (const auto& [key, metric] : report["metrics"].items()) {
    INFO(key);
    CHECK(metric["folds"].size() == 5);
    CHECK(metric["standard_error"] >= 0);
  }
}

TEST_CASE("the result of cross-validate does not depend on the number of threads") {
  const auto predictions = [&](const char* threads) {
    return cross_validate({"-k", "2", "--predictions", "-", "--threads", threads}).out;
  };
  const std::string one = predictions("1");
  CHECK(predictions("3") == one);
  CHECK(cross_validate({"-k", "2", "--predictions", "-", "--seed", "1"}).out != one);
}

TEST_CASE("cross-validate takes the options of train and refuses those of its model file") {
  const TempDir folder;
  const std::string config = folder.write("run.toml", "k = 2\nepochs = 3\n");
  const Outcome configured = cross_validate({"--config", config, "-v"});
  CHECK(configured.status == 0);
  CHECK_THAT(configured.err, Contains("\nfold 2/2: accuracy "));
  CHECK_THAT(run_newsclf({"cross-validate", "posts", "--print-config", "-k", "7"}).out,
             Contains("\nk = 7\n") && Contains("\nweighting = \"tfidf\"\n"));
  for (const char* option : {"--output", "--valid", "--valid-fraction", "--patience", "--log",
                             "--force", "--no-refit"}) {
    const Outcome refused = run_newsclf({"cross-validate", "posts", option, "1"});
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err,
               Contains(std::string("unknown option ") + option + " for cross-validate"));
  }
  CHECK(run_newsclf({"cross-validate", "posts", "-k", "1"}).err ==
        "newsclf: -k: must be a number from 2 to 1000, got '1'; see newsclf cross-validate "
        "--help\n");
  CHECK_THAT(run_newsclf({"cross-validate", "posts", "--probabilities"}).err,
             Contains("--probabilities: needs --predictions"));
}

TEST_CASE("data that cannot be cross-validated is refused in one line") {
  const TempDir folder;
  const std::string few = folder.write("few.txt", "__label__a moon orbit\n__label__b bat ball\n");
  const Outcome outcome = run_newsclf({"cross-validate", few, "-q"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK(outcome.err ==
        "newsclf: training data: 5 folds need at least 5 documents with different subjects or "
        "texts, got 2; use more documents or fewer folds\n");
  const std::string alone =
      folder.write("alone.txt",
                   "__label__a moon orbit\n__label__a moon star\n__label__b bat ball\n"
                   "__label__b bat run\n__label__c compost heap\n");
  CHECK(run_newsclf({"cross-validate", alone, "-k", "2", "-q"}).err ==
        "newsclf: training data: cannot cross-validate labels with a single document, subject or "
        "text: c; exclude such documents with --labels\n");
  CHECK_THAT(run_newsclf({"cross-validate", alone, "-k", "2", "-q", "--json", alone}).err,
             Contains("this is read as data; use another name for --json"));
  CHECK_THAT(
      run_small({"cross-validate", alone, "-k", "2", "-q", "--labels", "a,b", "--lr", "1e30"}).err,
      Contains("the loss is no longer finite in epoch ") && Contains("; use a lower --lr\n"));
}
