// SPDX-License-Identifier: MIT
#include "training/optimizer.hpp"

#include <ATen/Parallel.h>

#include "training/fused_first_layer.hpp"
#include "training/lazy_adam.hpp"

namespace newsclf {
namespace {

void set_lr(torch::optim::AdamW& adam, double lr) {
  for (auto& group : adam.param_groups())
    static_cast<torch::optim::AdamWOptions&>(group.options()).lr(lr);
}

/// AdamW over `weights`, which decay, and `biases`, which do not.
torch::optim::AdamW make_adam(std::vector<torch::Tensor> weights, std::vector<torch::Tensor> biases,
                              double weight_decay) {
  const auto group = [](std::vector<torch::Tensor> parameters, double decay) {
    return torch::optim::OptimizerParamGroup(std::move(parameters),
                                             std::make_unique<torch::optim::AdamWOptions>(
                                                 torch::optim::AdamWOptions().weight_decay(decay)));
  };
  return torch::optim::AdamW(
      {group(std::move(weights), weight_decay), group(std::move(biases), 0)});
}

std::vector<torch::Tensor> biases_of(const Mlp& mlp) {
  return {mlp->hidden1->bias, mlp->hidden2->bias, mlp->output->bias};
}

/// Adam over everything behind the first layer's weight.
torch::optim::AdamW make_dense_adam(const Mlp& mlp, double weight_decay) {
  return make_adam({mlp->hidden2->weight, mlp->output->weight}, biases_of(mlp), weight_decay);
}

LazyAdamOptions lazy_options(const OptimizerOptions& options, const Mlp& mlp) {
  const std::int64_t units_of_a_member = mlp->hidden2->weight.size(2);
  return {.weight_decay = options.weight_decay,
          .sharing = options.kind == OptimizerKind::kRowAdam ? units_of_a_member : 1};
}

class ExactAdam : public Optimizer {
 public:
  ExactAdam(const OptimizerOptions& options, const Mlp& mlp, int threads)
      : loss_(options.loss),
        mlp_(mlp),
        adam_(make_adam({mlp->hidden1->weight, mlp->hidden2->weight, mlp->output->weight},
                        biases_of(mlp), options.weight_decay)),
        threads_(threads) {}

  Columns columns() const override { return Columns::kVocabulary; }

  torch::Tensor step(const Batch& batch, double lr) override {
    set_lr(adam_, lr);
    adam_.zero_grad();
    const torch::Tensor loss = cross_entropy(mlp_->forward(batch), batch.labels, loss_);
    loss.backward();
    // Element by element, and over the whole first layer: several threads change speed alone.
    at::set_num_threads(threads_);
    adam_.step();
    at::set_num_threads(1);
    return loss.detach();
  }

 private:
  LossOptions loss_;
  Mlp mlp_;
  torch::optim::AdamW adam_;
  int threads_;
};

/// The touched rows of the first layer are gathered into a leaf, so that their gradient is small
/// and dense.
class GatheredLazyAdam : public Optimizer {
 public:
  GatheredLazyAdam(const OptimizerOptions& options, const Mlp& mlp)
      : loss_(options.loss),
        mlp_(mlp),
        dense_(make_dense_adam(mlp, options.weight_decay)),
        rows_(mlp->hidden1->weight, lazy_options(options, mlp)) {}

  Columns columns() const override { return Columns::kTouched; }

  torch::Tensor step(const Batch& batch, double lr) override {
    set_lr(dense_, lr);
    dense_.zero_grad();
    rows_.catch_up(batch.touched);
    const torch::Tensor touched_rows =
        mlp_->hidden1->weight.detach().index_select(0, batch.touched).requires_grad_();
    const torch::Tensor loss =
        cross_entropy(mlp_->forward(touched_rows, batch), batch.labels, loss_);
    loss.backward();
    rows_.step(batch.touched, touched_rows.grad(), lr);
    dense_.step();
    return loss.detach();
  }

  void catch_up() override { rows_.catch_up(); }

 private:
  LossOptions loss_;
  Mlp mlp_;
  torch::optim::AdamW dense_;
  LazyAdam rows_;
};

/// The first layer by our own loops, everything behind it by autograd, which begins at the layer's
/// sums.
class FusedLazyAdam : public Optimizer {
 public:
  FusedLazyAdam(const OptimizerOptions& options, const Mlp& mlp, Workers& workers)
      : loss_(options.loss),
        mlp_(mlp),
        dense_(make_dense_adam(mlp, options.weight_decay)),
        first_layer_(mlp->hidden1->weight, workers, lazy_options(options, mlp)) {}

  Columns columns() const override { return Columns::kTouched; }

  torch::Tensor step(const Batch& batch, double lr) override {
    set_lr(dense_, lr);
    dense_.zero_grad();
    const torch::Tensor sums = first_layer_.forward(batch).requires_grad_();
    const torch::Tensor loss = cross_entropy(mlp_->forward_from_sums(sums), batch.labels, loss_);
    loss.backward();
    first_layer_.step(batch, sums.grad(), lr);
    dense_.step();
    return loss.detach();
  }

  void catch_up() override { first_layer_.catch_up(); }

 private:
  LossOptions loss_;
  Mlp mlp_;
  torch::optim::AdamW dense_;
  FusedFirstLayer first_layer_;
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options, const Mlp& mlp,
                                          Workers& workers) {
  if (options.kind == OptimizerKind::kAdam)
    return std::make_unique<ExactAdam>(options, mlp, workers.threads());
  if (mlp->hidden1->weight.is_cpu()) return std::make_unique<FusedLazyAdam>(options, mlp, workers);
  return make_gathered_lazy_adam(options, mlp);
}

std::unique_ptr<Optimizer> make_gathered_lazy_adam(const OptimizerOptions& options,
                                                   const Mlp& mlp) {
  return std::make_unique<GatheredLazyAdam>(options, mlp);
}

}  // namespace newsclf
