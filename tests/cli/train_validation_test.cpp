// SPDX-License-Identifier: MIT
#include "cli/train.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// A folder of training documents with the labels `a` and `b`, and a folder of validation documents
/// with swapped labels, whose accuracy falls as training proceeds.
class ContradictedFolder : public TempDir {
 public:
  ContradictedFolder() {
    for (const char n : {'1', '2', '3', '4', '5', '6'}) {
      write(std::string("train/a/") + n, std::string("moon orbit star") + n);
      write(std::string("train/b/") + n, std::string("ball bat base") + n);
      write(std::string("valid/a/") + n, std::string("ball bat xylophone") + n);
      write(std::string("valid/b/") + n, std::string("moon orbit xylophone") + n);
    }
  }
  /// Trains on the training folder and validates on the other.
  Outcome train(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {
        "train",         *this / "train", "-o",   *this / "model", "--valid",
        *this / "valid", "--hidden",      "16,8", "--char-ngrams", "none"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_newsclf(arguments);
  }
  std::string model() const { return *this / "model"; }
};

}  // namespace

TEST_CASE("held-out documents are scored after every epoch and used only by the refit") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--valid-fraction", "0.25"});
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("\ntraining on 75 documents (27 held out), ") &&
                              Contains("\nepoch 8/8  loss ") && Contains(", held out: loss ") &&
                              Contains("\naccuracy on 27 held-out documents: ") &&
                              Contains(" % (epoch 8)\n") &&
                              Contains("\ntraining on 102 documents (0 held out), ") &&
                              Contains("\nrefit epoch 8/8  loss "));
  CHECK_THAT(outcome.err, !Contains("no documents were held out"));
  const TrainingRecord record = summarize_model(folder / "model").training;
  CHECK(record.documents == 102);
  CHECK(record.held_out == 27);
  REQUIRE(record.epochs.size() == 8);
  REQUIRE(record.validation_epochs.size() == 8);
  CHECK_FALSE(record.epochs.back().valid_accuracy);
  CHECK(record.validation_epochs.back().valid_accuracy);
  CHECK(record.validation_epochs.back().valid_loss);
}

TEST_CASE("a refit equals a training without validation, except for the temperature") {
  const TempDir folder;
  const std::string plain = folder / "plain", refit = folder / "refit",
                    calibrated = folder / "calibrated";
  REQUIRE(train(plain, {"--no-calibration"}).status == 0);
  const Outcome without = train(refit, {"--valid-fraction", "0.25", "--no-calibration"});
  const Outcome with = train(calibrated, {"--valid-fraction", "0.25"});
  CHECK_THAT(without.err, !Contains("temperature"));
  CHECK_THAT(with.err, Contains("\ncalibrated the probabilities on them: temperature "));
  CHECK(same_weights(refit, plain));
  CHECK(same_weights(calibrated, plain));
  const auto temperature = [](const std::string& model) {
    return load_model(model).ensemble.temperature;
  };
  CHECK(temperature(plain) == 1);
  CHECK(temperature(refit) == 1);
  CHECK(temperature(calibrated) != 1);
  CHECK(read_file(refit).find("\"temperature\":{") == std::string::npos);
  CHECK(read_file(calibrated).find("\"temperature\":{") != std::string::npos);

  const auto answers = [](const std::string& model) {
    return run_newsclf({"predict", model}, "the comet and the telescope\ncompost for the beans\n\n")
        .out;
  };
  CHECK(answers(refit) == answers(plain));
  CHECK(answers(calibrated) != answers(plain));
  CHECK(labels_in(answers(calibrated)) == labels_in(answers(plain)));
}

TEST_CASE("with --no-refit the held-out documents are not used for training") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--valid-fraction", "0.25", "--no-refit"});
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("\ntraining on 75 documents (27 held out), "));
  CHECK_THAT(outcome.err, !Contains("refit") && !Contains("\ntraining on 102 documents"));
  const TrainingRecord record = summarize_model(folder / "model").training;
  CHECK(record.documents == 75);
  CHECK(record.held_out == 27);
  CHECK(record.validation_epochs.empty());
  REQUIRE(record.epochs.size() == 8);
  CHECK(record.epochs.front().valid_accuracy);
}

TEST_CASE("documents of --valid are held out, and only the refit adds them to the model") {
  const ContradictedFolder folder;
  const Outcome held_out = folder.train({"--no-refit"});
  REQUIRE(held_out.status == 0);
  CHECK_THAT(held_out.err, Contains("training on 12 documents (12 held out), 18 tokens\n") &&
                               Contains("accuracy on 12 held-out documents: "));
  CHECK(read_file(folder.model()).find("xylophone") == std::string::npos);

  const Outcome refitted = folder.train({"--force"});
  REQUIRE(refitted.status == 0);
  CHECK_THAT(refitted.err, Contains("training on 24 documents (0 held out), 24 tokens\n"));
  CHECK(read_file(folder.model()).find("xylophone") != std::string::npos);
}

TEST_CASE("patience ends a training early, and the refit ends after the best epoch") {
  const ContradictedFolder folder;
  const Outcome outcome =
      folder.train({"--patience", "4", "--epochs", "50", "--log", folder / "log"});
  REQUIRE(outcome.status == 0);
  std::vector<nlohmann::json> epochs, refit;
  for (const nlohmann::json& line : read_log(folder / "log"))
    (line.contains("refit") ? refit : epochs).push_back(line);
  REQUIRE(epochs.size() >= 5);
  REQUIRE(epochs.size() < 50);
  const std::size_t best = epochs.size() - 4;
  CHECK(refit.size() == best);
  CHECK_THAT(outcome.err, Contains(" % (epoch " + std::to_string(best) + ")\n"));
  for (std::size_t e = 0; e < epochs.size(); ++e) {
    const auto rank = [](const nlohmann::json& epoch) {
      return std::pair(-epoch["valid_accuracy"].get<double>(), epoch["valid_loss"].get<double>());
    };
    CHECK(rank(epochs[best - 1]) <= rank(epochs[e]));
    if (e < refit.size()) CHECK(refit[e]["lr"] == epochs[e]["lr"]);  // the same schedule
  }
  const TrainingRecord record = summarize_model(folder.model()).training;
  CHECK(record.best_epoch == static_cast<std::int64_t>(best));
  CHECK(record.epochs.size() == best);
  CHECK(record.validation_epochs.size() == epochs.size());
}

TEST_CASE("held-out documents need not have every label of --labels") {
  const ContradictedFolder folder;
  std::filesystem::remove_all(folder / "valid/b");
  const Outcome outcome = folder.train({"--labels", "a,b", "--epochs", "2"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("\ntraining on 12 documents (6 held out), "));
}

TEST_CASE("info shows the score of the training with held-out documents") {
  const TempDir folder;
  std::string lines;
  for (int d = 0; d < 1100; ++d)
    lines += std::string(d % 2 == 0 ? "__label__a moon" : "__label__b ball") + " word" +
             std::to_string(d) + "\n";
  folder.write("data.ft", lines);
  REQUIRE(run_newsclf({"train", folder / "data.ft", "-o", folder / "model", "--hidden", "4,3",
                       "--members", "1", "--char-ngrams", "none", "--valid-fraction", "0.3", "-q"})
              .status == 0);
  const TrainingRecord record = summarize_model(folder / "model").training;
  CHECK(record.epochs.size() == record.validation_epochs.size());
  CHECK_THAT(run_newsclf({"info", folder / "model"}).out,
             Contains(" after epoch " + std::to_string(record.validation_epochs.back().epoch)));
}
