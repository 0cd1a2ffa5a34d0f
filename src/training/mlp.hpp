// SPDX-License-Identifier: MIT
// The modules over sparse rows: multi-layer perceptrons with two hidden layers, trained in
// parallel, and softmax regression.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "newsclf/model/network.hpp"
#include "newsclf/parallel/random.hpp"
#include "newsclf/parallel/workers.hpp"
#include "training/batch.hpp"

namespace newsclf {

struct MlpOptions {
  NetworkShape shape;
  double dropout = 0.5;    ///< share of units dropped after each hidden layer, in training mode
  std::uint64_t seed = 0;  ///< for the dropout
};

/// The options of the training loss.
struct LossOptions {
  double label_smoothing = 0;     ///< share of the target spread evenly over all labels
  torch::Tensor label_weights{};  ///< float32 [labels]; undefined: all 1
};

/// A linear layer over sparse rows: the weighted sum of the rows of `weight` that a batch refers
/// to, without a dense copy of the batch.
class SparseLinearImpl : public torch::nn::Module {
 public:
  SparseLinearImpl(std::int64_t inputs, std::int64_t outputs);

  /// The sums without the bias: [rows of the batch, outputs]. `batch.columns` are indices into
  /// `rows` [n, outputs], which is `weight` or its touched rows.
  torch::Tensor forward(const torch::Tensor& rows, const Batch& batch);

  torch::Tensor weight;  ///< [inputs, outputs], the transpose of `torch::nn::Linear`
  torch::Tensor bias;    ///< [outputs]
};
TORCH_MODULE(SparseLinear);

/// Parallel linear layers, one per member, computed as one batched product.
class MemberLinearImpl : public torch::nn::Module {
 public:
  MemberLinearImpl(std::int64_t members, std::int64_t inputs, std::int64_t outputs);

  /// Maps [members, rows, inputs] to [members, rows, outputs].
  torch::Tensor forward(const torch::Tensor& x);

  torch::Tensor weight;  ///< [members, outputs, inputs]
  torch::Tensor bias;    ///< [members, outputs]
};
TORCH_MODULE(MemberLinear);

/// A network: its first layer, which reads sparse rows, and the layers after it.
class SparseNetworkImpl : public torch::nn::Module {
 public:
  /// @param first_name the registered name of the first layer
  SparseNetworkImpl(const NetworkShape& shape, const std::string& first_name);

  /// Returns the logits [members, rows of the batch, labels]; the loss and the caller apply
  /// softmax.
  torch::Tensor forward(const Batch& batch) { return forward(first->weight, batch); }
  /// Same, with the given rows of the first layer (see `SparseLinearImpl::forward`).
  torch::Tensor forward(const torch::Tensor& first_rows, const Batch& batch) {
    return forward_from_sums(first->forward(first_rows, batch));
  }
  /// Same, from the first layer's sums without the bias: [rows, width of the shape].
  virtual torch::Tensor forward_from_sums(const torch::Tensor& sums) = 0;
  /// What draws the dropout on the CPU; null without dropout.
  virtual Random* random() { return nullptr; }

  const NetworkShape shape;
  SparseLinear first;
};
using SparseNetwork = std::shared_ptr<SparseNetworkImpl>;

/// Softmax regression: the first layer is the only one.
class SoftmaxRegressionImpl : public SparseNetworkImpl {
 public:
  /// All weights are 0. @param shape linear
  explicit SoftmaxRegressionImpl(const NetworkShape& shape);

  torch::Tensor forward_from_sums(const torch::Tensor& sums) override;
};

/// hidden1 - ReLU - dropout - hidden2 - ReLU - dropout - output, for each member. All members share
/// one wide first layer, so that its rows for a document are read once; after it they share
/// nothing. The registered names are the tensor names in a model file.
class MlpImpl : public SparseNetworkImpl {
 public:
  explicit MlpImpl(const MlpOptions& options);

  torch::Tensor forward_from_sums(const torch::Tensor& sums) override;
  Random* random() override { return &dropout_random_; }

  /// A network of one member for each member, which shares its memory with this one. The modules
  /// can be trained by different threads. All are on the CPU and in training mode.
  std::vector<SparseNetwork> members() const;

  /// Initializes all weights uniformly in ±1/sqrt(inputs of the layer), like `torch::nn::Linear`.
  /// The result does not depend on the number of threads. The module must be on the CPU.
  void initialize(Random& random, Workers& workers);

  MemberLinear hidden2;
  MemberLinear output;

 private:
  /// Inverted dropout (Srivastava et al., 2014): kept values are scaled up.
  torch::Tensor drop(const torch::Tensor& x);

  double dropout_;
  Random dropout_random_;
};
TORCH_MODULE(Mlp);

/// The training loss: the mean cross-entropy of the batch in nats, summed over the members, so that
/// each member trains independently. Label weights and smoothing work as in
/// `torch::nn::CrossEntropyLoss`: with weights, the mean is a weighted mean. A member's mean is
/// over the documents that it learns from; 0 without any.
/// @param logits [members, rows, labels] @param labels as `Batch::labels`
torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels,
                            const LossOptions& options = {});

/// `cross_entropy` and its gradient with respect to the logits, computed on the CPU without
/// autograd.
struct LossAndGradient {
  torch::Tensor loss, gradient;
};
LossAndGradient cross_entropy_with_gradient(const torch::Tensor& logits,
                                            const torch::Tensor& labels,
                                            const LossOptions& options);

/// The logits of an ensemble [rows, labels]: the logarithm of its members' mean probability, or the
/// logits of the only member. @param member_logits [members, rows, labels]
/// @param shares the weight of each member in the mean
torch::Tensor ensemble_logits(const torch::Tensor& member_logits,
                              const std::vector<double>& shares);

/// Copies weights of `network` to `module`, which is on the CPU and has at most as many members of
/// the same sizes: those of the layers between, and of its columns and labels that `network` has.
/// @param columns, labels one per column and label of the module, see `StartWeights`
/// @param first_factor of the first layer
void copy_weights(const Network& network, std::span<const std::int32_t> columns,
                  std::span<const std::int32_t> labels, float first_factor,
                  SparseNetworkImpl& module);

/// The weights of `module` as plain arrays on the CPU. If it is on the CPU, the arrays share its
/// memory.
Network share_weights(const SparseNetworkImpl& module);
/// A module in evaluation mode with the weights of `network`, on `device`.
SparseNetwork make_module(const Network& network, torch::Device device);

}  // namespace newsclf
