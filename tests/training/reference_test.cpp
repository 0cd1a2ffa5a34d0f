// SPDX-License-Identifier: MIT
// Compares with recorded references: PyTorch's results for the same weights and documents, written
// by make_references.py.
#include "training/mlp.hpp"
#include "training/optimizer.hpp"
#include "training/support.hpp"

#include <nlohmann/json.hpp>

#include <numeric>

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using nlohmann::json;

constexpr double kTolerance = 1e-5;

const json& reference() {
  static const json file = json::parse(read_file(source_file("tests/fixtures/mlp_reference.json")));
  return file;
}

std::vector<float> floats(const json& array) { return array.get<std::vector<float>>(); }

/// The network before the first step.
Network network() {
  struct Weights {
    std::vector<float> hidden1, bias1, hidden2, bias2, output, bias_out;
  };
  const json& shape = reference()["shape"];
  const json& recorded = reference()["weights"];
  const auto weights = std::make_shared<const Weights>(
      Weights{floats(recorded["hidden1.weight"]), floats(recorded["hidden1.bias"]),
              floats(recorded["hidden2.weight"]), floats(recorded["hidden2.bias"]),
              floats(recorded["output.weight"]), floats(recorded["output.bias"])});
  const NetworkShape sizes{shape[0], shape[1], shape[2], shape[3]};
  return {sizes,          weights->hidden1, weights->bias1,    weights->hidden2,
          weights->bias2, weights->output,  weights->bias_out, weights};
}

Labelled documents(std::size_t batch) {
  const json& recorded = reference()["batches"][batch];
  return {{recorded["offsets"], recorded["columns"], floats(recorded["values"])},
          recorded["labels"]};
}

Batch make_batch(std::size_t batch, Columns numbering) {
  const Labelled rows = documents(batch);
  std::vector<std::int64_t> all(rows.rows.size());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return BatchBuilder(rows, network().shape.inputs, torch::kCPU).build(all, numbering);
}

Mlp mlp() { return make_mlp(network(), torch::kCPU); }

/// Takes one step for each of the first `count` batches and compares all weights after each step,
/// or only after the last, so that nothing applies postponed updates in between.
void require_steps(const Mlp& module, Optimizer& optimizer, const char* recorded, std::size_t count,
                   bool after_each) {
  for (std::size_t step = 0; step < count; ++step) {
    take_step(optimizer, make_batch(step, optimizer.columns()), reference()["lr"]);
    if (!after_each && step + 1 < count) continue;
    optimizer.catch_up();
    for (const auto& parameter : module->named_parameters()) {
      INFO("step " << step + 1 << ", " << parameter.key());
      require_close(elements<float>(parameter.value()),
                    floats(reference()[recorded][step][parameter.key()]), kTolerance);
    }
  }
}

/// Calls `require_steps` for every implementation of this kind of optimizer.
void require_steps(const OptimizerOptions& options, const char* recorded, std::size_t count) {
  for (const bool after_each : {true, false}) {
    for (const int threads : {1, 3}) {
      INFO("as trained, " << threads << " threads, compared after each: " << after_each);
      Workers workers(threads);
      const Mlp module = mlp();
      require_steps(module, *make_optimizer(options, module, workers), recorded, count, after_each);
    }
    if (options.kind == OptimizerKind::kAdam) continue;
    INFO("by autograd, compared after each: " << after_each);
    const Mlp module = mlp();
    require_steps(module, *make_gathered_lazy_adam(options, module), recorded, count, after_each);
  }
}

OptimizerOptions decaying(OptimizerKind kind) {
  return {.kind = kind, .weight_decay = reference()["weight_decay"]};
}

constexpr std::size_t kOrdinaryBatches = 3;  // followed by one of empty documents and one more

}  // namespace

TEST_CASE("the module's logits and loss equal PyTorch's") {
  const Batch batch = make_batch(0, Columns::kVocabulary);
  const torch::Tensor logits = mlp()->forward(batch);
  require_close(elements<float>(logits), floats(reference()["logits"]), kTolerance);
  CHECK(cross_entropy(logits, batch.labels).item<float>() ==
        Approx(reference()["loss"].get<float>()).epsilon(kTolerance));
}

TEST_CASE("the built-in logits equal PyTorch's") {
  require_close(native_logits(network(), documents(0).rows), floats(reference()["logits"]),
                kTolerance);
}

TEST_CASE("the gradient of every weight equals PyTorch's") {
  const Batch batch = make_batch(0, Columns::kVocabulary);
  Mlp module = mlp();
  cross_entropy(module->forward(batch), batch.labels).backward();
  CHECK(module->named_parameters().size() == reference()["gradients"].size());
  for (const auto& parameter : module->named_parameters()) {
    INFO(parameter.key());
    require_close(elements<float>(parameter.value().grad()),
                  floats(reference()["gradients"][parameter.key()]), kTolerance);
  }
}

TEST_CASE("the gradient of touched rows equals that of the same rows of the full weight") {
  const Batch batch = make_batch(0, Columns::kTouched);
  Mlp module = mlp();
  const torch::Tensor rows =
      module->hidden1->weight.detach().index_select(0, batch.touched).requires_grad_();
  cross_entropy(module->forward(rows, batch), batch.labels).backward();
  const torch::Tensor whole = torch::tensor(floats(reference()["gradients"]["hidden1.weight"]))
                                  .reshape(module->hidden1->weight.sizes());
  CHECK(batch.touched.numel() == 6);
  require_close(elements<float>(rows.grad()), elements<float>(whole.index_select(0, batch.touched)),
                kTolerance);
}

TEST_CASE("an optimizer step returns the loss before the step") {
  for (const auto& kind : kOptimizers) {
    INFO(kind.name);
    Workers workers(1);
    const auto optimizer = make_optimizer({.kind = kind.value}, mlp(), workers);
    const torch::Tensor loss =
        take_step(*optimizer, make_batch(0, optimizer->columns()), reference()["lr"]);
    CHECK_FALSE(loss.requires_grad());
    CHECK(loss.item<float>() == Approx(reference()["loss"].get<float>()).epsilon(kTolerance));
  }
}

TEST_CASE("adam steps equal those of torch.optim.Adam") {
  require_steps({.kind = OptimizerKind::kAdam}, "adam", kOrdinaryBatches);
}

TEST_CASE("lazy-adam steps equal those of SparseAdam on the first layer and of Adam on the rest") {
  require_steps({.kind = OptimizerKind::kLazyAdam}, "lazy_adam", kOrdinaryBatches);
}

TEST_CASE("with adam a batch of empty documents is an ordinary step") {
  require_steps({.kind = OptimizerKind::kAdam}, "adam", reference()["batches"].size());
}

TEST_CASE("with lazy-adam a batch of empty documents is an ordinary step") {
  require_steps({.kind = OptimizerKind::kLazyAdam}, "lazy_adam", reference()["batches"].size());
}

TEST_CASE("adam with weight decay equals torch.optim.AdamW") {
  require_steps(decaying(OptimizerKind::kAdam), "adamw", reference()["batches"].size());
}

TEST_CASE("with lazy-adam every row decays in every step, touched or not") {
  require_steps(decaying(OptimizerKind::kLazyAdam), "lazy_adamw", reference()["batches"].size());
}

TEST_CASE("row-adam steps equal those of lazy-adam with the mean of a row's squared gradients") {
  require_steps(decaying(OptimizerKind::kRowAdam), "row_adamw", reference()["batches"].size());
}
