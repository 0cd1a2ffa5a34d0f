// SPDX-License-Identifier: MIT
#include "training/optimizer.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "training/dense_adam.hpp"
#include "training/fused_first_layer.hpp"
#include "training/row_rmsprop.hpp"

namespace newsclf {
namespace {

// A sum is not finite if one of its terms is not.
bool is_finite(const torch::Tensor& tensor) {
  return std::isfinite(tensor.detach().sum().item<float>());
}

bool has_weight_decay(const std::string& parameter) { return !parameter.ends_with("bias"); }

/// AdamW over the parameters of `network`, with weight decay except for biases.
/// @param with_first whether over the first layer's weight too
torch::optim::AdamW make_adam(const SparseNetworkImpl& network, bool with_first,
                              double weight_decay) {
  std::vector<torch::Tensor> weights, biases;
  for (const auto& parameter : network.named_parameters()) {
    if (!has_weight_decay(parameter.key()))
      biases.push_back(parameter.value());
    else if (with_first || !parameter.value().is_same(network.first->weight))
      weights.push_back(parameter.value());
  }
  const auto group = [](std::vector<torch::Tensor> parameters, double decay) {
    return torch::optim::OptimizerParamGroup(std::move(parameters),
                                             std::make_unique<torch::optim::AdamWOptions>(
                                                 torch::optim::AdamWOptions().weight_decay(decay)));
  };
  std::vector<torch::optim::OptimizerParamGroup> groups{group(std::move(biases), 0)};
  if (!weights.empty()) groups.push_back(group(std::move(weights), weight_decay));
  return torch::optim::AdamW(std::move(groups));
}

RowRmspropOptions row_options(const OptimizerOptions& options, const NetworkShape& shape) {
  return {.weight_decay = options.weight_decay, .sharing = shape.width() / shape.members};
}

/// Computes gradients with autograd; Adam over the parameters of `make_adam`.
class AutogradOptimizer : public Optimizer {
 public:
  AutogradOptimizer(const OptimizerOptions& options, SparseNetwork network, bool with_first,
                    int threads)
      : network_(std::move(network)),
        loss_(options.loss),
        adam_(make_adam(*network_, with_first, options.weight_decay)),
        threads_(threads) {}

  torch::Tensor sum_columns(const Batch& batch) override {
    batch_ = &batch;
    adam_.zero_grad();
    own_sums_ = network_->first->forward(first_rows(batch), batch);
    return own_sums_.detach();
  }

  torch::Tensor gradients(torch::Tensor sums) override {
    sums.requires_grad_();
    const torch::Tensor loss =
        cross_entropy(network_->forward_from_sums(sums), batch_->labels, loss_);
    loss.backward();
    if (own_sums_.requires_grad()) own_sums_.backward(sums.grad());  // not if the batch is empty
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

  bool catch_up() override { return std::ranges::all_of(network_->parameters(), is_finite); }

  void add_state(StateArrays& state, const std::string& name) override {
    std::size_t number = 0;
    for (const auto& group : adam_.param_groups())
      for (const torch::Tensor& parameter : group.params()) {
        torch::optim::AdamWParamState& moments = moments_of(parameter);
        const std::string of = name + ".adam." + std::to_string(number++);
        state.add(of + ".means", moments.exp_avg());
        state.add(of + ".mean_squares", moments.exp_avg_sq());
        state.add(of + ".steps", moments.step());
      }
  }

 protected:
  /// The rows of the first layer's weight that `batch` refers to.
  virtual torch::Tensor first_rows(const Batch& batch) = 0;
  /// Updates the first layer's weight if Adam does not.
  virtual void move_rows(const Batch& batch, double lr) = 0;

  SparseNetwork network_;

 private:
  /// The moments of a parameter; LibTorch creates them only in its first step.
  torch::optim::AdamWParamState& moments_of(const torch::Tensor& parameter) {
    auto& moments = adam_.state()[parameter.unsafeGetTensorImpl()];
    if (moments == nullptr) {
      auto zero = std::make_unique<torch::optim::AdamWParamState>();
      zero->step(0);
      zero->exp_avg(torch::zeros_like(parameter));
      zero->exp_avg_sq(torch::zeros_like(parameter));
      moments = std::move(zero);
    }
    return static_cast<torch::optim::AdamWParamState&>(*moments);
  }

  LossOptions loss_;
  torch::optim::AdamW adam_;
  int threads_;
  const Batch* batch_ = nullptr;
  torch::Tensor own_sums_;
};

class ExactAdam : public AutogradOptimizer {
 public:
  ExactAdam(const OptimizerOptions& options, SparseNetwork network, int threads)
      : AutogradOptimizer(options, std::move(network), true, threads) {}

  Columns columns() const override { return Columns::kVocabulary; }

 private:
  torch::Tensor first_rows(const Batch&) override { return network_->first->weight; }
  void move_rows(const Batch&, double) override {}
};

/// Gathers the touched rows of the first layer into a leaf tensor, so that their gradient is small
/// and dense.
class GatheredRmsprop : public AutogradOptimizer {
 public:
  GatheredRmsprop(const OptimizerOptions& options, const SparseNetwork& network)
      : AutogradOptimizer(options, network, false, 1),
        rows_(network->first->weight, row_options(options, network->shape)) {}

  Columns columns() const override { return Columns::kTouched; }

  bool catch_up() override {
    rows_.catch_up();
    return AutogradOptimizer::catch_up();
  }

  void add_state(StateArrays& state, const std::string& name) override {
    rows_.add_state(state, name + ".first");
    AutogradOptimizer::add_state(state, name);
  }

 private:
  torch::Tensor first_rows(const Batch& batch) override {
    rows_.catch_up(batch.touched);
    touched_rows_ =
        network_->first->weight.detach().index_select(0, batch.touched).requires_grad_();
    return touched_rows_;
  }
  void move_rows(const Batch& batch, double lr) override {
    rows_.step(batch.touched, touched_rows_.grad(), lr);
  }

  RowRmsprop rows_;
  torch::Tensor touched_rows_;
};

/// All parameters but the first layer's weight.
std::vector<DenseAdam::Parameter> dense_parameters(const SparseNetworkImpl& network) {
  std::vector<DenseAdam::Parameter> dense;
  for (const auto& parameter : network.named_parameters())
    if (!parameter.value().is_same(network.first->weight))
      dense.push_back({parameter.value(), has_weight_decay(parameter.key())});
  return dense;
}

/// Computes the first layer with `FusedFirstLayer`, the layers after it with autograd, which goes
/// from the logits to the sums of the first layer, and their update with `DenseAdam`.
class FusedRmsprop : public Optimizer {
 public:
  FusedRmsprop(const OptimizerOptions& options, const SparseNetwork& network, Workers& workers)
      : network_(network),
        loss_(options.loss),
        first_layer_(network->first->weight, workers, row_options(options, network->shape)),
        adam_(dense_parameters(*network), options.weight_decay) {}

  Columns columns() const override { return Columns::kTouched; }

  torch::Tensor sum_columns(const Batch& batch) override {
    batch_ = &batch;
    return first_layer_.forward(batch);
  }

  torch::Tensor gradients(torch::Tensor sums) override {
    sums_ = sums.requires_grad_();
    const torch::Tensor logits = network_->forward_from_sums(sums_);
    const auto [loss, gradient] = cross_entropy_with_gradient(logits, batch_->labels, loss_);
    logits.backward(gradient);
    return loss;
  }

  void apply(double lr) override {
    first_layer_.step(*batch_, sums_.grad(), lr);
    adam_.step(lr);
  }

  bool catch_up() override {
    bool finite = first_layer_.catch_up();
    for (const auto& [parameter, decays] : dense_parameters(*network_))
      finite = finite && is_finite(parameter);
    return finite;
  }

  void add_state(StateArrays& state, const std::string& name) override {
    first_layer_.add_state(state, name + ".first");
    adam_.add_state(state, name + ".adam");
  }

 private:
  SparseNetwork network_;
  LossOptions loss_;
  FusedFirstLayer first_layer_;
  DenseAdam adam_;
  const Batch* batch_ = nullptr;
  torch::Tensor sums_;
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          const SparseNetwork& network, Workers& workers) {
  if (options.kind == OptimizerKind::kAdam)
    return std::make_unique<ExactAdam>(options, network, workers.threads());
  if (network->first->weight.is_cpu())
    return std::make_unique<FusedRmsprop>(options, network, workers);
  return make_gathered_rmsprop(options, network);
}

std::unique_ptr<Optimizer> make_gathered_rmsprop(const OptimizerOptions& options,
                                                 const SparseNetwork& network) {
  return std::make_unique<GatheredRmsprop>(options, network);
}

}  // namespace newsclf
