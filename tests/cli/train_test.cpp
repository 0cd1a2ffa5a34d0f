// SPDX-License-Identifier: MIT
#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// Trains on the project's corpus, small and quickly.
Outcome train(const std::string& model, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"train", sample_data() + "/train", "-o", model, "--hidden",
                                        "16,8"};
  if (std::ranges::find(more, "--epochs") == more.end()) more.insert(more.end(), {"--epochs", "8"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_newsclf(arguments);
}

double accuracy_of(const std::string& model) {
  const Outcome outcome = run_newsclf({"eval", model, sample_data() + "/test", "--json", "-"});
  REQUIRE(outcome.status == 0);
  return nlohmann::json::parse(outcome.out)["accuracy"];
}

}  // namespace

TEST_CASE("at defaults the project's own corpus is learnt") {
  const TempDir folder;
  const std::string model = folder / "model";
  const Outcome outcome = run_newsclf({"train", sample_data() + "/train", "-o", model});
  REQUIRE(outcome.status == 0);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Contains("102 documents, 3 labels"));
  CHECK_THAT(outcome.err, Contains("wrote " + model));
  CHECK_THAT(outcome.err, Contains("score it: newsclf eval " + model));
  CHECK(accuracy_of(model) >= 0.7);
}

TEST_CASE("without a terminal there is one line an epoch, and no control characters") {
  const TempDir folder;
  const std::string err = train(folder / "model").err;
  CHECK_THAT(err, Contains("\nepoch 1/8  loss ") && Contains("\nepoch 8/8  loss "));
  CHECK(err.find_first_of("\r\x1b") == std::string::npos);
}

TEST_CASE("on a terminal there is a bar") {
  const TempDir folder;
  // script(1) gives the command a terminal.
  const Outcome outcome = run_shell("script -qec \"$NEWSCLF train " + sample_data() + "/train -o " +
                                    (folder / "model") + " --hidden 16,8 --epochs 8\" /dev/null");
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("\r[") && Contains(" left\x1b[K"));
  CHECK_THAT(outcome.out, !Contains("epoch 1/8  loss - \r\n"));
}

TEST_CASE("with -q train says nothing") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"-q"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out + outcome.err == "");
}

TEST_CASE("the same seed gives the same file for any number of threads, another seed another") {
  const TempDir folder;
  REQUIRE(train(folder / "a", {"--seed", "7"}).status == 0);
  REQUIRE(train(folder / "b", {"--seed", "7", "--threads", "1"}).status == 0);
  REQUIRE(train(folder / "c", {"--seed", "8"}).status == 0);
  CHECK(read_file(folder / "a") == read_file(folder / "b"));
  CHECK(read_file(folder / "a") != read_file(folder / "c"));
}

TEST_CASE("documents held out are scored after every epoch and not learnt from") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--valid-fraction", "0.25"});
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("learn from, 2") && Contains("held-out accuracy") &&
                              Contains("accuracy on the 2"));
  const std::string info = run_newsclf({"info", folder / "model"}).out;
  CHECK_THAT(info, Contains(" held out; seed 0") && Contains("held-out accuracy"));
}

TEST_CASE("exact Adam learns the corpus too") {
  const TempDir folder;
  REQUIRE(
      train(folder / "model", {"--optimizer", "adam", "--epochs", "40", "--dropout", "0"}).status ==
      0);
  CHECK(accuracy_of(folder / "model") >= 0.6);
}

TEST_CASE("what shapes text and network is kept in the model") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--keep-case",
                                                   "--token-pattern",
                                                   "nonspace",
                                                   "--word-ngrams",
                                                   "1-2",
                                                   "--min-df",
                                                   "2",
                                                   "--max-df",
                                                   "0.5",
                                                   "--max-features",
                                                   "500",
                                                   "--weighting",
                                                   "log",
                                                   "--token-scale",
                                                   "nb",
                                                   "--norm",
                                                   "none",
                                                   "--subject-weight",
                                                   "2",
                                                   "--post-headers",
                                                   "strip",
                                                   "--strip",
                                                   "quotes,footers"});
  REQUIRE(outcome.status == 0);
  const std::string info = run_newsclf({"info", folder / "model"}).out;
  CHECK_THAT(info, Contains("nonspace tokens, case kept, n-grams 1-2; posts: headers stripped, "
                            "subject 2 more times, quotes stripped, footers stripped\n"));
  CHECK_THAT(info, Contains("500 tokens (min-df 2, max-df 0.5, max-features 500)\n"));
  CHECK_THAT(info, Contains("log, naive-Bayes token scale, no norm\n"));
  CHECK_THAT(info, Contains("500 - 16 - 8 - 3\n"));
}

TEST_CASE("no token that only the test documents hold enters the vocabulary") {
  const TempDir folder;
  folder.write("train/a/1", "moon orbit moon\n");
  folder.write("train/b/1", "ball bat\n");
  REQUIRE(run_newsclf({"train", folder / "train", "-o", folder / "model"}).status == 0);
  folder.write("test/a/2", "xylophone moon\n");
  folder.write("test/b/2", "quokka\n");
  REQUIRE(run_newsclf({"eval", folder / "model", folder / "test"}).status == 0);
  const std::string bytes = read_file(folder / "model");
  CHECK(bytes.find("orbit") != std::string::npos);
  CHECK(bytes.find("xylophone") == std::string::npos);
  CHECK(bytes.find("quokka") == std::string::npos);
}

TEST_CASE("the option --labels keeps documents of these labels alone") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--labels", "cycling,gardening"});
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("68 documents, 2 labels"));
}

TEST_CASE("an existing file is kept without --force and replaced with it, said beforehand") {
  const TempDir folder;
  const std::string model = folder.write("model", "precious");
  const Outcome refused = train(model);
  CHECK(refused.status == 1);
  CHECK(refused.err == "newsclf: " + model +
                           ": this file is already there; take another name, or --force to replace "
                           "it\n");
  CHECK(read_file(model) == "precious");

  const Outcome forced = train(model, {"--force"});
  CHECK(forced.status == 0);
  CHECK(forced.err.find(model + " is there and will be replaced\n") == 0);
  CHECK(read_file(model).size() > 1000);
}

TEST_CASE("a diverged training keeps the last good state beside the output") {
  const TempDir folder;
  const std::string model = folder.write("model", "precious");
  // One step an epoch: the first loss is that of the initial weights, and finite.
  const Outcome outcome = train(model, {"--force", "--lr", "1e18", "--batch-size", "1000"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("newsclf: training: the loss is no longer finite in epoch ") &&
                              Contains("; take a lower --lr than 1e+18; the model after epoch 1 is "
                                       "kept in " +
                                       model + ".last-good\n"));
  CHECK(read_file(model) == "precious");
  CHECK(run_newsclf({"info", model + ".last-good", "--verify"}).status == 0);
}

TEST_CASE("a training that diverges at once leaves nothing behind") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--lr", "1e30", "--batch-size", "1"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err,
             Contains("in epoch 1; take a lower --lr than 1e+30; nothing was written"));
  CHECK(std::filesystem::is_empty(folder.path()));
}
