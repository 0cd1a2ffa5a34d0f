// SPDX-License-Identifier: MIT
// Training and the forward pass on a CUDA device. scripts/cuda_check.sh runs this program; ctest
// does not, because a machine without a GPU would have to skip every case. Without a CUDA device
// each case fails and names the reason. NEWSCLF_TEST_DEVICE=cpu runs the cases on the CPU, to test
// the tests.
#include "training/reference.hpp"
#include "training/small_training.hpp"

#include <cmath>
#include <cstdlib>
#include <string_view>

using namespace newsclf;
using namespace newsclf::testing;

namespace {

// A GPU adds numbers in another order.
constexpr double kTolerance = 1e-4;

DeviceChoice choice() {
  const char* const name = std::getenv("NEWSCLF_TEST_DEVICE");
  if (name != nullptr && std::string_view(name) == "cpu") return kCpu;
  return {DeviceChoice::kCuda};
}

Place here() { return {resolve_device(choice()), kTolerance}; }

TrainingResult train_here(const TrainingData& data, const TrainingOptions& options) {
  Workers workers(2);
  return train_ensemble(data, options, choice(), workers, no_observer);
}

}  // namespace

TEST_CASE("on CUDA logits, loss and gradients equal PyTorch's") {
  require_recorded_logits(here());
  require_recorded_gradients(here());
}

TEST_CASE("on CUDA every optimizer takes the recorded steps") {
  const std::size_t all = reference_batches();
  require_recorded_steps({.kind = OptimizerKind::kAdam}, "adam", all, here());
  require_recorded_steps({}, "row_rmsprop", all, here());
  require_recorded_steps(with_recorded_decay(OptimizerKind::kAdam), "adamw", all, here());
  require_recorded_steps(with_recorded_decay(OptimizerKind::kRowRmsprop), "row_rmspropw", all,
                         here());
}

TEST_CASE("on CUDA training memorizes eight documents") {
  const Labelled documents = eight_documents();
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    TrainingOptions options = small_options();
    options.optimizer = optimizer.value;
    options.epochs = 100;
    const TrainingResult result = train_here({documents, std::nullopt, kInputs, kLabels}, options);
    CHECK(predicted(result.ensemble, documents.rows) == documents.labels);
    CHECK(result.epochs.back().loss < 0.1);
    CHECK(result.device == here().device.str());
  }
}

// Only dropout draws other random numbers on CUDA.
TEST_CASE("on CUDA training without dropout has the losses of training on the CPU") {
  constexpr std::int64_t kWords = 200;
  const Labelled documents = random_documents(150, kWords, kLabels, 1);
  const Labelled held_out = random_documents(40, kWords, kLabels, 2);
  const TrainingData data{documents, LabelledRows(held_out), kWords, kLabels, {1, 2, 0.5, 1}};
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    TrainingOptions options = small_options();
    options.optimizer = optimizer.value;
    options.members = 2;
    options.word_dropout = 0.1;
    options.weight_decay = 0.5;
    options.label_smoothing = 0.1;
    options.lr = 0.002;
    options.epochs = 3;
    options.batch_size = 32;
    options.patience = 3;
    const TrainingResult expected = train_on_cpu(data, options), result = train_here(data, options);
    REQUIRE(result.epochs.size() == expected.epochs.size());
    for (std::size_t epoch = 0; epoch < result.epochs.size(); ++epoch) {
      CHECK(result.epochs[epoch].loss == Approx(expected.epochs[epoch].loss).epsilon(1e-3));
      CHECK(*result.epochs[epoch].valid_loss ==
            Approx(*expected.epochs[epoch].valid_loss).epsilon(1e-3));
    }
  }
}

TEST_CASE("on CUDA dropout changes training and depends on the seed") {
  const Labelled documents = random_documents(60, 40, kLabels, 3);
  const auto loss_with = [&](double dropout, std::uint64_t seed) {
    TrainingOptions options = small_options();
    options.batch_size = 20;
    options.dropout = dropout;
    options.seed = seed;
    const TrainingResult result = train_here({documents, std::nullopt, 40, kLabels}, options);
    return result.epochs.back().loss;
  };
  CHECK(std::isfinite(loss_with(0.5, 1)));
  CHECK(loss_with(0.5, 1) == Approx(loss_with(0.5, 1)).epsilon(1e-4));
  CHECK(loss_with(0.5, 1) != Approx(loss_with(0, 1)).epsilon(1e-4));
  CHECK(loss_with(0.5, 1) != Approx(loss_with(0.5, 2)).epsilon(1e-4));
}

TEST_CASE("on CUDA the module has the logits of the built-in implementation") {
  const Labelled documents = random_documents(5000, 60, kLabels, 5);  // more than one batch
  TrainingOptions options = small_options();
  options.members = 2;
  const Ensemble ensemble = train_here({documents, std::nullopt, 60, kLabels}, options).ensemble;
  require_close(module_logits(ensemble, documents.rows, choice()),
                native_logits(ensemble, documents.rows), kTolerance);
  CHECK(module_logits(ensemble, {}, choice()).empty());
}
