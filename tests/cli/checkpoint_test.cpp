// SPDX-License-Identifier: MIT
// Checkpoints of `newsclf train`. checkpoint_kills.py ends runs at random moments.
#include <filesystem>
#include <string>
#include <vector>

#include "cli/train.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// A checkpoint of a training of 300 epochs that a signal ended; the folder also has the messages.
struct InterruptedTraining {
  TempDir folder;
  std::string checkpoint = folder / "c", model = folder / "model";
  Outcome outcome =
      run_shell("\"$NEWSCLF\" train '" + sample_data() + "/train' -o '" + model +
                "' --hidden 16,8 --epochs 300 --checkpoint '" + checkpoint + "' --log '" +
                folder / "log" + "' & pid=$!; while ! grep -qs epoch '" + folder / "log" +
                "'; do sleep 0.02; done; kill -TERM $pid; wait $pid");

  Outcome resume(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"--resume", checkpoint, "--epochs", "300"};
    all.insert(all.end(), more.begin(), more.end());
    return train(model, all);
  }
};

}  // namespace

TEST_CASE("a training with checkpoints writes the same model and leaves only that") {
  const TempDir folder;
  REQUIRE(train(folder / "plain").status == 0);
  const Outcome outcome =
      train(folder / "kept", {"--checkpoint", folder / "c", "--checkpoint-every", "0"});
  CHECK(outcome.status == 0);
  CHECK(read_file(folder / "kept") == read_file(folder / "plain"));
  CHECK_FALSE(fs::exists(folder / "c"));
}

TEST_CASE("a signal ends a training after a checkpoint, and resuming gives the same model") {
  const InterruptedTraining training;
  CHECK(training.outcome.status == 143);
  CHECK_THAT(training.outcome.err, Contains("newsclf: terminated\n"));
  CHECK_THAT(training.outcome.err,
             Contains("wrote " + training.checkpoint +
                      "; to go on, run the same command with --resume " + training.checkpoint));
  REQUIRE(fs::exists(training.checkpoint));
  CHECK_FALSE(fs::exists(training.model));

  CHECK(run_newsclf({"predict", training.checkpoint}, "x").err ==
        "newsclf: " + training.checkpoint +
            ": this is a checkpoint of a training, not a model; finish the training\n");

  const std::string before = read_file(training.checkpoint);
  const auto refused_with = [&](const std::vector<std::string>& more, const std::string& words) {
    const Outcome outcome = training.resume(more);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains(training.checkpoint + ": this checkpoint is of " + words));
    CHECK(read_file(training.checkpoint) == before);
  };
  refused_with({"--seed", "1"}, "a training with other options: training seed is 0, here 1; use ");
  refused_with({"--word-ngrams", "2"},
               "a training with other options: features text max_ngram is 1, here 2; use ");
  refused_with({"--labels", "cycling,gardening"}, "");
  refused_with({"--valid-fraction", "0.2"}, "a training on other documents; use the documents");

  CHECK(training.resume({"--log", training.folder / "log"}).status == 0);
  CHECK_FALSE(fs::exists(training.checkpoint));
  const auto log = read_log(training.folder / "log");
  CHECK(log.front()["epoch"] == 1);
  CHECK(log.back()["epoch"] == 300);
  REQUIRE(train(training.folder / "plain", {"--epochs", "300"}).status == 0);
  CHECK(read_file(training.model) == read_file(training.folder / "plain"));
}

TEST_CASE("a checkpoint that cannot be used is refused in one line") {
  const InterruptedTraining training;
  const auto refused = [&](const std::string& file, const std::string& words) {
    const Outcome outcome = train(training.model, {"--resume", file, "--epochs", "300",
                                                   "--checkpoint", training.folder / "other"});
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains("newsclf: " + file + ": " + words));
    CHECK_FALSE(fs::exists(training.model));
    CHECK_FALSE(fs::exists(training.folder / "other"));
  };
  refused(training.folder / "none", "cannot open the checkpoint: No such file or directory");
  refused(trained_model(), "format: expected newsclf-checkpoint, found 'newsclf'");
  std::string bytes = read_file(training.checkpoint);
  refused(training.folder.write("short", bytes.substr(0, bytes.size() / 2)), "");
  bytes[bytes.size() / 2] ^= 1;
  refused(training.folder.write("flipped", bytes), "at byte ");
}

TEST_CASE("an existing file becomes a checkpoint only with --force") {
  const TempDir folder;
  const std::string file = folder.write("c", "mine");
  const Outcome refused = train(folder / "model", {"--checkpoint", file});
  CHECK(refused.status == 1);
  CHECK_THAT(refused.err, Contains(file + ": this file already exists; use another name, or "
                                          "--force to replace it"));
  CHECK(read_file(file) == "mine");
  CHECK(train(folder / "model", {"--checkpoint", folder / "model"}).status == 1);
  CHECK(train(folder / "model", {"--checkpoint", file, "--force"}).status == 0);
}

TEST_CASE("times between checkpoints have a unit, and must be times") {
  const TempDir folder;
  for (const char* const time : {"0", "1.5", "90s", "2m", "1h"})
    CHECK(train(folder / "model",
                {"--checkpoint", folder / "c", "--checkpoint-every", time, "--force"})
              .status == 0);
  for (const char* const time : {"", "s", "-1", "1d", "5 m", "1e30"})
    CHECK_THAT(
        train(folder / "model", {"--checkpoint-every", time, "--force"}).err,
        Contains(
            "--checkpoint-every: must be a time of at least 0 s, such as 90s, 5m or 1h, got '" +
            std::string(time) + "'"));
}
