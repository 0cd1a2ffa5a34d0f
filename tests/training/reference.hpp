// SPDX-License-Identifier: MIT
// Recorded references: the results of PyTorch in Python for the same weights and documents, written
// by make_references.py, and comparisons with them on any device.
#pragma once

#include "training/mlp.hpp"
#include "training/optimizer.hpp"
#include "training/support.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <numeric>

namespace newsclf::testing {

/// The device that is compared with a reference, and the tolerance.
struct Place {
  torch::Device device;
  double tolerance;  ///< as in `require_close`
};

inline const nlohmann::json& reference() {
  static const auto file =
      nlohmann::json::parse(read_file(source_file("tests/fixtures/mlp_reference.json")));
  return file;
}

inline std::vector<float> floats(const nlohmann::json& array) {
  return array.get<std::vector<float>>();
}

/// The network before the first step.
inline Network reference_network() {
  struct Weights {
    std::vector<float> hidden1, bias1, hidden2, bias2, output, bias_out;
  };
  const nlohmann::json& shape = reference()["shape"];
  const nlohmann::json& recorded = reference()["weights"];
  const auto weights = std::make_shared<const Weights>(
      Weights{floats(recorded["hidden1.weight"]), floats(recorded["hidden1.bias"]),
              floats(recorded["hidden2.weight"]), floats(recorded["hidden2.bias"]),
              floats(recorded["output.weight"]), floats(recorded["output.bias"])});
  const NetworkShape sizes{shape[0], shape[1], shape[2], shape[3]};
  return {sizes,          weights->hidden1, weights->bias1,    weights->hidden2,
          weights->bias2, weights->output,  weights->bias_out, weights};
}

inline SparseNetwork reference_mlp(torch::Device device) {
  return make_module(reference_network(), device);
}

inline Labelled reference_documents(std::size_t batch) {
  const nlohmann::json& recorded = reference()["batches"][batch];
  return {{recorded["offsets"], recorded["columns"], floats(recorded["values"])},
          recorded["labels"]};
}

inline Batch reference_batch(std::size_t batch, Columns numbering, torch::Device device) {
  const Labelled rows = reference_documents(batch);
  std::vector<std::int64_t> all(rows.rows.size());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return BatchBuilder(rows, all_of(reference_network().shape.inputs), device).build(all, numbering);
}

inline std::size_t reference_batches() { return reference()["batches"].size(); }
/// The number of batches before the one of empty documents.
inline constexpr std::size_t kOrdinaryBatches = 3;

inline void require_recorded_logits(const Place& place) {
  const Batch batch = reference_batch(0, Columns::kVocabulary, place.device);
  const torch::Tensor logits = reference_mlp(place.device)->forward(batch);
  require_close(elements<float>(logits), floats(reference()["logits"]), place.tolerance);
  CHECK(cross_entropy(logits, batch.labels).item<float>() ==
        Approx(reference()["loss"].get<float>()).epsilon(place.tolerance));
}

inline void require_recorded_gradients(const Place& place) {
  const Batch batch = reference_batch(0, Columns::kVocabulary, place.device);
  const SparseNetwork module = reference_mlp(place.device);
  cross_entropy(module->forward(batch), batch.labels).backward();
  CHECK(module->named_parameters().size() == reference()["gradients"].size());
  for (const auto& parameter : module->named_parameters()) {
    INFO(parameter.key());
    require_close(elements<float>(parameter.value().grad()),
                  floats(reference()["gradients"][parameter.key()]), place.tolerance);
  }
}

/// Takes one step for each of the first `count` batches and compares all weights after each step,
/// or only after the last, so that nothing applies postponed updates in between.
inline void require_recorded_steps(const SparseNetwork& module, Optimizer& optimizer,
                                   const char* recorded, std::size_t count, bool after_each,
                                   const Place& place) {
  for (std::size_t step = 0; step < count; ++step) {
    take_step(optimizer, reference_batch(step, optimizer.columns(), place.device),
              reference()["lr"]);
    if (!after_each && step + 1 < count) continue;
    optimizer.catch_up();
    for (const auto& parameter : module->named_parameters()) {
      INFO("step " << step + 1 << ", " << parameter.key());
      require_close(elements<float>(parameter.value()),
                    floats(reference()[recorded][step][parameter.key()]), place.tolerance);
    }
  }
}

/// The same for every implementation of this kind of optimizer.
inline void require_recorded_steps(const OptimizerOptions& options, const char* recorded,
                                   std::size_t count, const Place& place) {
  for (const bool after_each : {true, false}) {
    for (const int threads : {1, 3}) {
      INFO("as trained, " << threads << " threads, compared after each: " << after_each);
      Workers workers(threads);
      const SparseNetwork module = reference_mlp(place.device);
      require_recorded_steps(module, *make_optimizer(options, module, workers), recorded, count,
                             after_each, place);
    }
    if (options.kind == OptimizerKind::kAdam) continue;
    INFO("by autograd, compared after each: " << after_each);
    const SparseNetwork module = reference_mlp(place.device);
    require_recorded_steps(module, *make_gathered_rmsprop(options, module), recorded, count,
                           after_each, place);
  }
}

inline OptimizerOptions with_recorded_decay(OptimizerKind kind) {
  return {.kind = kind, .weight_decay = reference()["weight_decay"]};
}

}  // namespace newsclf::testing
