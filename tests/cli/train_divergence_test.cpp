// SPDX-License-Identifier: MIT
#include <filesystem>

#include "cli/train.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

TEST_CASE("a training that diverges leaves the output unchanged") {
  const TempDir folder;
  const std::string model = folder.write("model", "precious");
  // One step per epoch: the first loss is that of the initial weights and finite. After the step
  // the weights are too large for a model.
  const Outcome outcome = train(model, {"--force", "--lr", "1e18", "--batch-size", "1000"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err,
             Contains("newsclf: training: the loss is no longer finite in epoch 2, even at a "
                      "tenth of the rate; use a --lr lower than 1e+18; nothing was written\n"));
  CHECK(read_file(model) == "precious");
  CHECK_FALSE(std::filesystem::exists(model + ".last-good"));
}

TEST_CASE("a training that diverges once continues at a tenth of the rate with a warning") {
  const TempDir folder;
  // Products of three weights of 1e12 overflow a float, those of 1e11 do not; but they are so large
  // that another document could make them infinite.
  const Outcome outcome = train(folder / "model", {"-q", "--lr", "1e12", "--batch-size", "51",
                                                   "--epochs", "2", "--log", folder / "log"});
  CHECK(outcome.status == 1);
  CHECK_THAT(
      outcome.err,
      Catch::Matchers::StartsWith("newsclf: warning: the loss is no longer finite in epoch 1: ") &&
          Contains(" at a learning rate of ") &&
          Contains("\nnewsclf: " + (folder / "model") + ": not written: the model contains ") &&
          Contains("could overflow a float; train again at a lower learning rate"));
  CHECK(std::ranges::count(outcome.err, '\n') == 2);
  const auto log = read_log(folder / "log");
  REQUIRE(log.size() == 2);
  CHECK(log.front()["epoch"] == 1);
  CHECK(log.front()["lr"].get<double>() == Approx(1e11));
  CHECK_FALSE(std::filesystem::exists(folder / "model"));
}

TEST_CASE("a training that diverges immediately writes nothing") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--lr", "1e30", "--batch-size", "1"});
  CHECK(outcome.status == 1);
  CHECK_THAT(
      outcome.err,
      Contains("\nnewsclf: warning: the loss is no longer finite in epoch 1: ") &&
          Contains("\nnewsclf: training: the loss is no longer finite in epoch 1, even at a tenth "
                   "of the rate; use a --lr lower than 1e+30; nothing was written\n"));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("no model is written if the loss on held-out documents is not finite") {
  const TempDir folder;
  // One step to weights of 1e18, whose products overflow; only the validation loss shows it.
  const Outcome outcome =
      train(folder / "model", {"--lr", "1e18", "--batch-size", "1000", "--epochs", "1",
                               "--valid-fraction", "0.25", "--log", folder / "log"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("newsclf: training: the loss is no longer finite in epoch 1"));
  CHECK_FALSE(std::filesystem::exists(folder / "model"));
  CHECK(read_log(folder / "log").empty());
}
