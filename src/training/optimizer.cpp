// SPDX-License-Identifier: MIT
#include "newsclf/training/optimizer.hpp"

#include "newsclf/training/lazy_adam.hpp"

namespace newsclf {
namespace {

void set_lr(torch::optim::Adam& adam, double lr) {
  for (auto& group : adam.param_groups())
    static_cast<torch::optim::AdamOptions&>(group.options()).lr(lr);
}

class ExactAdam : public Optimizer {
 public:
  explicit ExactAdam(const Mlp& mlp) : mlp_(mlp), adam_(mlp->parameters()) {}

  Columns columns() const override { return Columns::kVocabulary; }

  torch::Tensor step(const Batch& batch, double lr) override {
    set_lr(adam_, lr);
    adam_.zero_grad();
    const torch::Tensor loss = cross_entropy(mlp_->forward(batch), batch.labels);
    loss.backward();
    adam_.step();
    return loss.detach();
  }

 private:
  Mlp mlp_;
  torch::optim::Adam adam_;
};

class RowwiseAdam : public Optimizer {
 public:
  explicit RowwiseAdam(const Mlp& mlp)
      : mlp_(mlp), dense_(mlp->dense_parameters()), rows_(mlp->hidden1->weight) {}

  Columns columns() const override { return Columns::kTouched; }

  torch::Tensor step(const Batch& batch, double lr) override {
    set_lr(dense_, lr);
    dense_.zero_grad();
    const torch::Tensor touched_rows =
        mlp_->hidden1->weight.detach().index_select(0, batch.touched).requires_grad_();
    const torch::Tensor loss = cross_entropy(mlp_->forward(touched_rows, batch), batch.labels);
    loss.backward();
    if (batch.touched.numel() > 0) rows_.step(batch.touched, touched_rows.grad(), lr);
    dense_.step();
    return loss.detach();
  }

 private:
  Mlp mlp_;
  torch::optim::Adam dense_;
  LazyAdam rows_;
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(OptimizerKind kind, const Mlp& mlp) {
  if (kind == OptimizerKind::kAdam) return std::make_unique<ExactAdam>(mlp);
  return std::make_unique<RowwiseAdam>(mlp);
}

}  // namespace newsclf
