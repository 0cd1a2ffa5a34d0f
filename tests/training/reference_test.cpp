// SPDX-License-Identifier: MIT
// The recorded references on the CPU; cuda_test.cpp compares them on a GPU.
#include "training/reference.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

constexpr double kTolerance = 1e-5;
const Place kHere{torch::kCPU, kTolerance};

void require_steps(const OptimizerOptions& options, const char* recorded, std::size_t count) {
  require_recorded_steps(options, recorded, count, kHere);
}

}  // namespace

TEST_CASE("the module's logits and loss equal PyTorch's") { require_recorded_logits(kHere); }

TEST_CASE("the built-in logits equal PyTorch's") {
  require_close(native_logits(reference_network(), reference_documents(0).rows),
                floats(reference()["logits"]), kTolerance);
}

TEST_CASE("the gradient of every weight equals PyTorch's") { require_recorded_gradients(kHere); }

TEST_CASE("the gradient of touched rows equals that of the same rows of the full weight") {
  const Batch batch = reference_batch(0, Columns::kTouched, torch::kCPU);
  const SparseNetwork module = reference_mlp(torch::kCPU);
  const torch::Tensor rows =
      module->first->weight.detach().index_select(0, batch.touched).requires_grad_();
  cross_entropy(module->forward(rows, batch), batch.labels).backward();
  const torch::Tensor whole = torch::tensor(floats(reference()["gradients"]["hidden1.weight"]))
                                  .reshape(module->first->weight.sizes());
  CHECK(batch.touched.numel() == 6);
  require_close(elements<float>(rows.grad()), elements<float>(whole.index_select(0, batch.touched)),
                kTolerance);
}

TEST_CASE("an optimizer step returns the loss before the step") {
  for (const auto& kind : kOptimizers) {
    INFO(kind.name);
    Workers workers(1);
    const auto optimizer =
        make_optimizer({.kind = kind.value}, reference_mlp(torch::kCPU), workers);
    const torch::Tensor loss = take_step(
        *optimizer, reference_batch(0, optimizer->columns(), torch::kCPU), reference()["lr"]);
    CHECK_FALSE(loss.requires_grad());
    CHECK(loss.item<float>() == Approx(reference()["loss"].get<float>()).epsilon(kTolerance));
  }
}

TEST_CASE("adam steps equal those of torch.optim.Adam") {
  require_steps({.kind = OptimizerKind::kAdam}, "adam", kOrdinaryBatches);
}

TEST_CASE("row-rmsprop steps equal those of its formula on the first layer, of Adam on the rest") {
  require_steps({}, "row_rmsprop", kOrdinaryBatches);
}

TEST_CASE("with adam a batch of empty documents is an ordinary step") {
  require_steps({.kind = OptimizerKind::kAdam}, "adam", reference_batches());
}

TEST_CASE("with row-rmsprop a batch of empty documents is an ordinary step") {
  require_steps({}, "row_rmsprop", reference_batches());
}

TEST_CASE("adam with weight decay equals torch.optim.AdamW") {
  require_steps(with_recorded_decay(OptimizerKind::kAdam), "adamw", reference_batches());
}

TEST_CASE("with row-rmsprop every row decays in every step, touched or not") {
  require_steps(with_recorded_decay(OptimizerKind::kRowRmsprop), "row_rmspropw",
                reference_batches());
}
