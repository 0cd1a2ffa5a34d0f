// SPDX-License-Identifier: MIT
#include "newsclf/training/optimizer.hpp"

#include <ATen/Parallel.h>

#include "newsclf/training/fused_first_layer.hpp"
#include "newsclf/training/lazy_adam.hpp"

namespace newsclf {
namespace {

void set_lr(torch::optim::Adam& adam, double lr) {
  for (auto& group : adam.param_groups())
    static_cast<torch::optim::AdamOptions&>(group.options()).lr(lr);
}

class ExactAdam : public Optimizer {
 public:
  ExactAdam(const Mlp& mlp, int threads) : mlp_(mlp), adam_(mlp->parameters()), threads_(threads) {}

  Columns columns() const override { return Columns::kVocabulary; }

  torch::Tensor step(const Batch& batch, double lr) override {
    set_lr(adam_, lr);
    adam_.zero_grad();
    const torch::Tensor loss = cross_entropy(mlp_->forward(batch), batch.labels);
    loss.backward();
    // Element by element, and over the whole first layer: several threads change speed alone.
    at::set_num_threads(threads_);
    adam_.step();
    at::set_num_threads(1);
    return loss.detach();
  }

 private:
  Mlp mlp_;
  torch::optim::Adam adam_;
  int threads_;
};

/// The touched rows of the first layer are gathered into a leaf, so that their gradient is small
/// and dense.
class GatheredLazyAdam : public Optimizer {
 public:
  explicit GatheredLazyAdam(const Mlp& mlp)
      : mlp_(mlp), dense_(mlp->dense_parameters()), rows_(mlp->hidden1->weight) {}

  Columns columns() const override { return Columns::kTouched; }

  torch::Tensor step(const Batch& batch, double lr) override {
    set_lr(dense_, lr);
    dense_.zero_grad();
    const torch::Tensor touched_rows =
        mlp_->hidden1->weight.detach().index_select(0, batch.touched).requires_grad_();
    const torch::Tensor loss = cross_entropy(mlp_->forward(touched_rows, batch), batch.labels);
    loss.backward();
    rows_.step(batch.touched, touched_rows.grad(), lr);
    dense_.step();
    return loss.detach();
  }

 private:
  Mlp mlp_;
  torch::optim::Adam dense_;
  LazyAdam rows_;
};

/// The first layer by our own loops, everything behind it by autograd, which begins at the layer's
/// sums.
class FusedLazyAdam : public Optimizer {
 public:
  FusedLazyAdam(const Mlp& mlp, Workers& workers)
      : mlp_(mlp), dense_(mlp->dense_parameters()), first_layer_(mlp->hidden1->weight, workers) {}

  Columns columns() const override { return Columns::kTouched; }

  torch::Tensor step(const Batch& batch, double lr) override {
    set_lr(dense_, lr);
    dense_.zero_grad();
    const torch::Tensor sums = first_layer_.forward(batch).requires_grad_();
    const torch::Tensor loss = cross_entropy(mlp_->forward_from_sums(sums), batch.labels);
    loss.backward();
    first_layer_.step(batch, sums.grad(), lr);
    dense_.step();
    return loss.detach();
  }

 private:
  Mlp mlp_;
  torch::optim::Adam dense_;
  FusedFirstLayer first_layer_;
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(OptimizerKind kind, const Mlp& mlp, Workers& workers) {
  if (kind == OptimizerKind::kAdam) return std::make_unique<ExactAdam>(mlp, workers.threads());
  if (mlp->hidden1->weight.is_cpu()) return std::make_unique<FusedLazyAdam>(mlp, workers);
  return make_gathered_lazy_adam(mlp);
}

std::unique_ptr<Optimizer> make_gathered_lazy_adam(const Mlp& mlp) {
  return std::make_unique<GatheredLazyAdam>(mlp);
}

}  // namespace newsclf
