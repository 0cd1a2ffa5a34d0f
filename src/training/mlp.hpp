// SPDX-License-Identifier: MIT
// The network: a multi-layer perceptron with two hidden layers over sparse rows, or an ensemble of
// them side by side.
#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "newsclf/model/network.hpp"
#include "newsclf/parallel/random.hpp"
#include "newsclf/parallel/workers.hpp"
#include "training/batch.hpp"

namespace newsclf {

struct MlpOptions {
  NetworkShape shape;
  double dropout = 0.5;    ///< share of units dropped behind each hidden layer, in training mode
  std::uint64_t seed = 0;  ///< of which ones
};

/// What is minimised.
struct LossOptions {
  double label_smoothing = 0;     ///< share of the truth given to all labels alike
  torch::Tensor label_weights{};  ///< float32 [labels]; undefined: all 1
};

/// A linear layer over sparse rows: the weighted sum of the rows of `weight` that a batch names,
/// so that a batch is never made dense.
class SparseLinearImpl : public torch::nn::Module {
 public:
  SparseLinearImpl(std::int64_t inputs, std::int64_t outputs);

  /// The sums without the bias: [rows of the batch, outputs]. `rows` [n, outputs] are the rows that
  /// `batch.columns` number: `weight`, or the touched rows of it.
  torch::Tensor forward(const torch::Tensor& rows, const Batch& batch);

  torch::Tensor weight;  ///< [inputs, outputs]: transposed against `torch::nn::Linear`
  torch::Tensor bias;    ///< [outputs]
};
TORCH_MODULE(SparseLinear);

/// Linear layers side by side, one a member, computed as one batched product.
class MemberLinearImpl : public torch::nn::Module {
 public:
  MemberLinearImpl(std::int64_t members, std::int64_t inputs, std::int64_t outputs);

  /// [members, rows, inputs] to [members, rows, outputs].
  torch::Tensor forward(const torch::Tensor& x);

  torch::Tensor weight;  ///< [members, outputs, inputs]
  torch::Tensor bias;    ///< [members, outputs]
};
TORCH_MODULE(MemberLinear);

/// hidden1 - ReLU - dropout - hidden2 - ReLU - dropout - output, for each member. All members stand
/// in one wide first layer, so that a document's rows of it are read once; behind it they have
/// nothing in common. The registered names are those of the tensors in a model file.
class MlpImpl : public torch::nn::Module {
 public:
  explicit MlpImpl(const MlpOptions& options);

  /// The logits [members, rows of the batch, labels]. Not softmax: the loss and the caller have
  /// their own.
  torch::Tensor forward(const Batch& batch);
  /// The same from given rows of the first layer (see `SparseLinearImpl::forward`).
  torch::Tensor forward(const torch::Tensor& first_layer_rows, const Batch& batch);

  /// The same from what the first layer's sums are without its bias: [rows, members hidden1].
  torch::Tensor forward_from_sums(const torch::Tensor& sums);

  /// Draws all weights anew, uniform in ±1/sqrt(inputs of the layer) like `torch::nn::Linear`. The
  /// number of threads changes nothing. The module is on the CPU.
  void initialize(Random& random, Workers& workers);

  SparseLinear hidden1;
  MemberLinear hidden2;
  MemberLinear output;

 private:
  /// Inverted dropout (Srivastava et al., 2014): what is kept is scaled up.
  torch::Tensor drop(const torch::Tensor& x);

  double dropout_;
  Random dropout_random_;
};
TORCH_MODULE(Mlp);

/// The loss that is minimised: the mean cross-entropy of the batch in nats, added up over the
/// members, so that each learns as it would alone. Label weights and smoothing as in
/// `torch::nn::CrossEntropyLoss`: with weights, the mean is weighted by them.
/// @param logits [members, rows, labels] @param labels int64 [rows]
torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels,
                            const LossOptions& options = {});

/// The logits of the ensemble [rows, labels]: the logarithm of its members' mean probability; of
/// one member, its own.
torch::Tensor ensemble_logits(const torch::Tensor& member_logits);

/// The weights of `mlp` as plain arrays on the CPU. Where `mlp` is there too, they are its own:
/// what moves one moves the other.
Network share_weights(const Mlp& mlp, const NetworkShape& shape);
/// The same as a copy of their own.
Network copy_weights(const Mlp& mlp, const NetworkShape& shape);
/// A module in evaluation mode with the weights of `network`, on `device`.
Mlp make_mlp(const Network& network, torch::Device device);

}  // namespace newsclf
