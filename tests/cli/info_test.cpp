// SPDX-License-Identifier: MIT
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

TEST_CASE("info shows sizes, options, training and labels") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  const Outcome outcome = run_newsclf({"info", folder / "model"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, Contains("network     1 x 4 - 3 - 2 - 2\n"));
  CHECK_THAT(outcome.out, Contains("weighting   count, no norm\n"));
  CHECK_THAT(outcome.out, Contains("data        4 documents, digest "));
  CHECK_THAT(outcome.out, Contains("training    1 epochs of batches of 4, lazy-adam at 0 (linear), "
                                   "dropout 0, weight decay 0\n"));
  CHECK_THAT(outcome.out, Contains("validation  nothing was held out\n"));
  CHECK_THAT(outcome.out, Contains("temperature none: probabilities are not calibrated\n"));
  CHECK_THAT(outcome.out, Contains("last epoch  loss 0.5000\n"));
  CHECK_THAT(outcome.out, Contains("labels      2, with the documents learnt from\n"
                                   "          2  baseball\n"
                                   "          2  space\n"));
}

TEST_CASE("info shows what was left to the data, held out, smoothed, weighted and calibrated") {
  Classifier classifier = tiny_classifier();
  classifier.network.temperature = 1.25f;
  classifier.training.seed = 7;
  classifier.training.held_out = 1234;
  classifier.training.weight_decay = 0.123456;
  classifier.training.label_smoothing = 0.1;
  classifier.training.class_weight = "balanced";
  classifier.training.set_by_data = {"epochs", "batch-size"};
  classifier.training.best_epoch = 2;
  const std::vector<EpochRecord> scored = {
      {.epoch = 1, .loss = 1, .lr = 0.002, .valid_loss = 0.75, .valid_accuracy = 0.5},
      {.epoch = 2, .loss = 0.25, .lr = 0.001, .valid_loss = 0.5, .valid_accuracy = 0.875}};
  const TempDir folder;
  const auto info = [&] {
    std::filesystem::remove(folder / "model");
    save_model(classifier, folder / "model");
    return run_newsclf({"info", folder / "model"}).out;
  };
  classifier.training.epochs = scored;
  const std::string validated = info();
  CHECK_THAT(validated, Contains(", weight decay 0.1235, label smoothing 0.1, class weights: "
                                 "balanced\n"
                                 "            set by the size of the data: epochs, batch-size\n"
                                 "            seed 7, "));
  CHECK_THAT(validated, Contains("validation  1,234 documents held out: accuracy 87.50 %, loss "
                                 "0.5000 after epoch 2\n"));
  CHECK_THAT(validated, Contains("temperature 1.25, fitted on them\n"));
  CHECK_THAT(validated, Contains("last epoch  loss 0.2500\n"));

  classifier.training.validation_epochs = scored;
  classifier.training.epochs = {{.epoch = 1, .loss = 2, .lr = 0.002},
                                {.epoch = 2, .loss = 0.125, .lr = 0.001}};
  const std::string refitted = info();
  CHECK_THAT(refitted, Contains("validation  1,234 documents held out: accuracy 87.50 %, loss "
                                "0.5000 after epoch 2; then learnt from too\n"));
  CHECK_THAT(refitted, Contains("last epoch  loss 0.1250\n"));
}

TEST_CASE("info reads the header alone, and --verify finds damage in the data") {
  const TempDir folder;
  const std::string model = folder / "model";
  save_model(tiny_classifier(), model);
  CHECK(run_newsclf({"info", model, "--verify"}).status == 0);

  std::string bytes = read_file(model);
  bytes[bytes.size() - 40] = static_cast<char>(bytes[bytes.size() - 40] ^ 1);
  write_file(model, bytes);
  CHECK(run_newsclf({"info", model}).status == 0);
  const Outcome outcome = run_newsclf({"info", model, "--verify"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("digest: expected "));
}

TEST_CASE("info tells how many members an ensemble has") {
  const TempDir folder;
  folder.write("data/a/1", "moon orbit");
  folder.write("data/b/1", "ball bat");
  REQUIRE(run_newsclf({"train", folder / "data", "-o", folder / "model", "-q", "--members", "7",
                       "--hidden", "5,4", "--epochs", "2", "--char-ngrams", "none"})
              .status == 0);
  CHECK_THAT(run_newsclf({"info", folder / "model"}).out,
             Contains("network     7 x 4 - 5 - 4 - 2\n"));
}
