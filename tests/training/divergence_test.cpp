// SPDX-License-Identifier: MIT
#include "training/small_training.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("a training that diverges in its first epoch restarts at a tenth of the learning rate") {
  // A step subtracts twice each weight, but only a fifth of it at a tenth of the learning rate.
  TrainingOptions options = small_options();
  options.weight_decay = 100;
  options.lr = 0.02;
  std::vector<std::string> heard;
  const Labelled documents = eight_documents();
  const TrainingResult result = train_on_cpu(
      {documents, std::nullopt, kInputs, kLabels}, options, [&](const TrainingProgress& progress) {
        if (progress.lowered_lr) {
          CHECK(*progress.lowered_lr == Approx(0.002));
          CHECK(progress.epoch_end == nullptr);
        }
        if (progress.lowered_lr || progress.epoch_end)
          heard.push_back(std::to_string(progress.epoch) +
                          (progress.lowered_lr ? " lowered" : " end"));
      });
  CHECK(heard == std::vector<std::string>{"1 lowered", "1 end", "2 end"});
  CHECK_FALSE(result.diverged_in_epoch);
  CHECK(result.options.lr == 0.02);
  REQUIRE(result.epochs.size() == 2);
  for (const EpochRecord& epoch : result.epochs) CHECK(epoch.lr == Approx(0.002));
  options.lr = 0.02 * 0.1;
  CHECK(same_bytes(result.ensemble, train(documents, options).ensemble));
}

TEST_CASE("a training that diverges later keeps the earlier epochs and continues from there") {
  // With this decay every step multiplies the weights by -10 until they overflow; at a tenth of the
  // learning rate, by -0.1.
  TrainingOptions options = small_options();
  options.optimizer = OptimizerKind::kAdam;
  options.weight_decay = 11 / *options.lr;
  options.epochs = 12;
  const Labelled documents = eight_documents();
  std::vector<std::int64_t> ends;
  std::int64_t lowered_in = 0;
  const TrainingResult result = train_on_cpu(
      {documents, std::nullopt, kInputs, kLabels}, options, [&](const TrainingProgress& progress) {
        if (progress.epoch_end) ends.push_back(progress.epoch);
        if (!progress.lowered_lr) return;
        CHECK(lowered_in == 0);
        lowered_in = progress.epoch;
        CHECK(ends.size() + 1 == static_cast<std::size_t>(progress.epoch));
      });
  CHECK_FALSE(result.diverged_in_epoch);
  REQUIRE(lowered_in > 2);
  REQUIRE(lowered_in < 12);
  CHECK(ends == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  REQUIRE(result.epochs.size() == 12);
  for (const EpochRecord& epoch : result.epochs)
    CHECK(epoch.lr == Approx(epoch.epoch < lowered_in ? 0.02 : 0.002));

  const TrainingResult before = train(documents, options, lowered_in - 1);
  REQUIRE(before.epochs.size() == static_cast<std::size_t>(lowered_in - 1));
  for (std::size_t e = 0; e < before.epochs.size(); ++e)
    CHECK(result.epochs[e] == before.epochs[e]);
  // The training continues with these weights, which are large at first and then shrink.
  const auto largest = [](const Ensemble& ensemble) {
    return *std::ranges::max_element(only_network(ensemble).output_weight);
  };
  CHECK(largest(before.ensemble) > 1e6f);
  CHECK(largest(result.ensemble) < 1);
}

TEST_CASE("a training that diverges again at a tenth of the rate keeps the previous epoch") {
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    TrainingOptions options = small_options();
    options.optimizer = optimizer.value;
    options.batch_size = 8;  // one step per epoch: the second starts with weights of 1e30
    options.lr = 1e30;
    options.epochs = 5;
    int lowered = 0;
    const Labelled documents = eight_documents();
    const TrainingResult diverged = train_on_cpu(
        {documents, std::nullopt, kInputs, kLabels}, options,
        [&](const TrainingProgress& progress) { lowered += progress.lowered_lr.has_value(); });
    CHECK(lowered == 1);
    CHECK(diverged.diverged_in_epoch == 2);
    CHECK(diverged.best_epoch == 1);
    CHECK(diverged.epochs.size() == 1);
    options.epochs = 1;
    CHECK(same_bytes(diverged.ensemble, train(eight_documents(), options).ensemble));
  }
}

TEST_CASE("a training with patience that diverges keeps the previous epoch") {
  // Every step multiplies the weights by -109, and by -10 at a tenth of the rate.
  TrainingOptions options = small_options();
  options.optimizer = OptimizerKind::kAdam;
  options.weight_decay = 110 / *options.lr;
  options.batch_size = 8;
  options.epochs = 50;
  const Labelled held_out = labelled({{2, {{4, 1}}}, {3, {}}});
  const TrainingResult without = train_with(eight_documents(), held_out, options);
  options.patience = 50;
  const TrainingResult with = train_with(eight_documents(), held_out, options);
  REQUIRE(without.diverged_in_epoch > 2);
  REQUIRE(best_of(without.epochs, 50) < *without.diverged_in_epoch - 1);
  CHECK(with.diverged_in_epoch == without.diverged_in_epoch);
  CHECK(with.best_epoch == *with.diverged_in_epoch - 1);
  CHECK(same_bytes(with.ensemble, without.ensemble));
  CHECK(with.options.patience == 50);
}

TEST_CASE("a training that diverges in its first epoch has no network") {
  TrainingOptions in_second_step = small_options();
  in_second_step.lr = 1e30;
  TrainingOptions in_last_step = small_options();  // the loss before it is finite
  in_last_step.lr = std::numeric_limits<double>::infinity();
  in_last_step.batch_size = 8;
  in_last_step.epochs = 1;
  for (const TrainingOptions& options : {in_second_step, in_last_step}) {
    INFO("rate " << *options.lr);
    const TrainingResult diverged = train(eight_documents(), options);
    CHECK(diverged.diverged_in_epoch == 1);
    CHECK(diverged.epochs.empty());
    CHECK(diverged.ensemble.networks.empty());
  }
}
