// SPDX-License-Identifier: MIT
#include "training/optimizer.hpp"

#include <ATen/Parallel.h>

#include "training/fused_first_layer.hpp"
#include "training/row_rmsprop.hpp"

namespace newsclf {
namespace {

/// AdamW over `weights`, with weight decay, and `biases`, without.
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

RowRmspropOptions row_options(const OptimizerOptions& options, const Mlp& mlp) {
  const std::int64_t units_of_a_member = mlp->hidden2->weight.size(2);
  return {.weight_decay = options.weight_decay, .sharing = units_of_a_member};
}

/// Computes gradients with autograd, starting at `logits`; Adam over `weights` and all biases.
class AutogradOptimizer : public Optimizer {
 public:
  AutogradOptimizer(const OptimizerOptions& options, const Mlp& mlp,
                    std::vector<torch::Tensor> weights, int threads)
      : mlp_(mlp),
        loss_(options.loss),
        adam_(make_adam(std::move(weights),
                        {mlp->hidden1->bias, mlp->hidden2->bias, mlp->output->bias},
                        options.weight_decay)),
        threads_(threads) {}

  torch::Tensor gradients(const Batch& batch) override {
    batch_ = &batch;
    adam_.zero_grad();
    const torch::Tensor loss = cross_entropy(logits(batch), batch.labels, loss_);
    loss.backward();
    return loss.detach();
  }

  void apply(double lr) override {
    move_rows(*batch_, lr);
    for (auto& group : adam_.param_groups())
      static_cast<torch::optim::AdamWOptions&>(group.options()).lr(lr);
    // Adam works element by element: the number of threads changes only the speed.
    at::set_num_threads(threads_);
    adam_.step();
    at::set_num_threads(1);
  }

 protected:
  virtual torch::Tensor logits(const Batch& batch) = 0;
  /// Updates the first layer's weight if Adam does not.
  virtual void move_rows(const Batch& batch, double lr) = 0;

  Mlp mlp_;

 private:
  LossOptions loss_;
  torch::optim::AdamW adam_;
  int threads_;
  const Batch* batch_ = nullptr;
};

class ExactAdam : public AutogradOptimizer {
 public:
  ExactAdam(const OptimizerOptions& options, const Mlp& mlp, int threads)
      : AutogradOptimizer(options, mlp,
                          {mlp->hidden1->weight, mlp->hidden2->weight, mlp->output->weight},
                          threads) {}

  Columns columns() const override { return Columns::kVocabulary; }

 private:
  torch::Tensor logits(const Batch& batch) override { return mlp_->forward(batch); }
  void move_rows(const Batch&, double) override {}
};

/// Updates rows of the first layer only in steps whose batch touches them: `logits` starts at a
/// leaf tensor, and `move_rows` uses the gradient of that leaf.
class RowOptimizer : public AutogradOptimizer {
 public:
  RowOptimizer(const OptimizerOptions& options, const Mlp& mlp)
      : AutogradOptimizer(options, mlp, {mlp->hidden2->weight, mlp->output->weight}, 1) {}

  Columns columns() const override { return Columns::kTouched; }
};

/// Gathers the touched rows of the first layer into a leaf tensor, so that their gradient is small
/// and dense.
class GatheredRmsprop : public RowOptimizer {
 public:
  GatheredRmsprop(const OptimizerOptions& options, const Mlp& mlp)
      : RowOptimizer(options, mlp), rows_(mlp->hidden1->weight, row_options(options, mlp)) {}

  void catch_up() override { rows_.catch_up(); }

 private:
  torch::Tensor logits(const Batch& batch) override {
    rows_.catch_up(batch.touched);
    touched_rows_ = mlp_->hidden1->weight.detach().index_select(0, batch.touched).requires_grad_();
    return mlp_->forward(touched_rows_, batch);
  }
  void move_rows(const Batch& batch, double lr) override {
    rows_.step(batch.touched, touched_rows_.grad(), lr);
  }

  RowRmsprop rows_;
  torch::Tensor touched_rows_;
};

/// Computes the first layer with `FusedFirstLayer` and everything after it with autograd, which
/// starts at the sums of that layer.
class FusedRmsprop : public RowOptimizer {
 public:
  FusedRmsprop(const OptimizerOptions& options, const Mlp& mlp, Workers& workers)
      : RowOptimizer(options, mlp),
        first_layer_(mlp->hidden1->weight, workers, row_options(options, mlp)) {}

  void catch_up() override { first_layer_.catch_up(); }

 private:
  torch::Tensor logits(const Batch& batch) override {
    sums_ = first_layer_.forward(batch).requires_grad_();
    return mlp_->forward_from_sums(sums_);
  }
  void move_rows(const Batch& batch, double lr) override {
    first_layer_.step(batch, sums_.grad(), lr);
  }

  FusedFirstLayer first_layer_;
  torch::Tensor sums_;
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options, const Mlp& mlp,
                                          Workers& workers) {
  if (options.kind == OptimizerKind::kAdam)
    return std::make_unique<ExactAdam>(options, mlp, workers.threads());
  if (mlp->hidden1->weight.is_cpu()) return std::make_unique<FusedRmsprop>(options, mlp, workers);
  return make_gathered_rmsprop(options, mlp);
}

std::unique_ptr<Optimizer> make_gathered_rmsprop(const OptimizerOptions& options, const Mlp& mlp) {
  return std::make_unique<GatheredRmsprop>(options, mlp);
}

}  // namespace newsclf
