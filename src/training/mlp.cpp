// SPDX-License-Identifier: MIT
#include "training/mlp.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "parallel/clones.hpp"

namespace newsclf {
namespace {

/// A tensor in huge pages, where the system has them. Training reads and writes rows in random
/// order: with pages of 4 KB, the processor would have to look up the page of almost every row.
torch::Tensor empty_in_huge_pages(torch::IntArrayRef sizes) {
  constexpr std::uintptr_t kPage = 4096;
  torch::Tensor tensor = torch::empty(sizes);
  const auto begin = reinterpret_cast<std::uintptr_t>(tensor.mutable_data_ptr());
  const std::uintptr_t first = (begin + kPage - 1) / kPage * kPage;
  const std::uintptr_t last = (begin + tensor.nbytes()) / kPage * kPage;
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
  return tensor;
}

/// Each piece of the tensor has its own generator.
void fill_uniform(torch::Tensor& tensor, double bound, Random& random, Workers& workers) {
  constexpr std::int64_t kPiece = 1 << 16;
  const std::uint64_t seed = random.next();
  auto* const out = tensor.mutable_data_ptr<float>();
  const auto limit = static_cast<float>(bound);
  workers.share(tensor.numel(), kPiece, [&](std::int64_t begin, std::int64_t end) {
    Random piece(seed + static_cast<std::uint64_t>(begin / kPiece));
    const auto value_of = [&](std::uint64_t bits) {
      return (static_cast<float>(bits & 0xFFFFFF) * 0x1p-23f - 1) * limit;
    };
    for (std::int64_t i = begin; i < end; i += 2) {
      const std::uint64_t bits = piece.next();
      out[i] = value_of(bits >> 40);
      if (i + 1 < end) out[i + 1] = value_of(bits >> 16);
    }
  });
}

NEWSCLF_CLONES void choose_kept(float* __restrict__ mask, const std::uint16_t* __restrict__ bits,
                                std::size_t count, std::uint32_t threshold, float kept) {
  for (std::size_t i = 0; i < count; ++i) mask[i] = bits[i] < threshold ? 0.0f : kept;
}

/// Each value is 0 with probability `dropout` (to 2^-17), otherwise 1 / (1 - dropout).
void fill_dropout_mask(std::span<float> mask, double dropout, Random& random) {
  constexpr std::size_t kValues = 4;  // per random number
  std::vector<std::uint16_t> bits((mask.size() + kValues - 1) / kValues * kValues);
  for (std::size_t i = 0; i < bits.size(); i += kValues) {
    const std::uint64_t drawn = random.next();
    std::memcpy(&bits[i], &drawn, sizeof drawn);
  }
  choose_kept(mask.data(), bits.data(), mask.size(),
              static_cast<std::uint32_t>(std::lround(std::ldexp(dropout, 16))),
              static_cast<float>(1 / (1 - dropout)));
}

}  // namespace

SparseLinearImpl::SparseLinearImpl(std::int64_t inputs, std::int64_t outputs)
    : weight(register_parameter("weight", empty_in_huge_pages({inputs, outputs}))),
      bias(register_parameter("bias", torch::zeros({outputs}))) {}

torch::Tensor SparseLinearImpl::forward(const torch::Tensor& rows, const Batch& batch) {
  if (rows.size(0) == 0) return torch::zeros({batch.offsets.size(0), bias.size(0)}, bias.options());
  constexpr bool kScaleGradByFrequency = false, kSparseGradient = false;
  constexpr std::int64_t kSum = 0;
  return std::get<0>(torch::embedding_bag(rows, batch.columns, batch.offsets, kScaleGradByFrequency,
                                          kSum, kSparseGradient, batch.values));
}

MemberLinearImpl::MemberLinearImpl(std::int64_t members, std::int64_t inputs, std::int64_t outputs)
    : weight(register_parameter("weight", torch::zeros({members, outputs, inputs}))),
      bias(register_parameter("bias", torch::zeros({members, outputs}))) {}

torch::Tensor MemberLinearImpl::forward(const torch::Tensor& x) {
  return torch::baddbmm(bias.unsqueeze(1), x, weight.transpose(1, 2));
}

SparseNetworkImpl::SparseNetworkImpl(const NetworkShape& sizes, const std::string& first_name)
    : shape(sizes), first(register_module(first_name, SparseLinear(sizes.inputs, sizes.width()))) {}

SoftmaxRegressionImpl::SoftmaxRegressionImpl(const NetworkShape& sizes)
    : SparseNetworkImpl(sizes, "linear") {
  torch::NoGradGuard no_grad;
  first->weight.zero_();
}

torch::Tensor SoftmaxRegressionImpl::forward_from_sums(const torch::Tensor& sums) {
  return (sums + first->bias).unsqueeze(0);
}

MlpImpl::MlpImpl(const MlpOptions& options)
    : SparseNetworkImpl(options.shape, "hidden1"),
      hidden2(options.shape.members, options.shape.hidden1, options.shape.hidden2),
      output(options.shape.members, options.shape.hidden2, options.shape.labels),
      dropout_(options.dropout),
      dropout_random_(options.seed) {
  register_module("hidden2", hidden2);
  register_module("output", output);
}

torch::Tensor MlpImpl::forward_from_sums(const torch::Tensor& sums) {
  torch::Tensor x = drop(torch::relu(sums + first->bias));
  x = x.view({x.size(0), shape.members, -1}).transpose(0, 1);  // [members, rows, hidden1]
  x = drop(torch::relu(hidden2(x)));
  return output(x);
}

torch::Tensor MlpImpl::drop(const torch::Tensor& x) {
  if (!is_training() || dropout_ == 0) return x;
  // LibTorch's dropout on the CPU, one random number at a time, takes a tenth of the training time.
  if (!x.is_cpu()) return torch::dropout(x, dropout_, true);
  torch::Tensor mask = torch::empty(x.sizes(), torch::kFloat32);
  fill_dropout_mask({mask.mutable_data_ptr<float>(), static_cast<std::size_t>(mask.numel())},
                    dropout_, dropout_random_);
  return x * mask;
}

std::vector<SparseNetwork> MlpImpl::members() const {
  NetworkShape alone = shape;
  alone.members = 1;
  Random seeds = dropout_random_;
  std::vector<SparseNetwork> result;
  for (std::int64_t m = 0; m < shape.members; ++m) {
    Mlp member(MlpOptions{alone, dropout_, seeds.next()});
    const auto share = [&](const torch::Tensor& own, const torch::Tensor& all, std::int64_t dim) {
      own.set_data(all.detach().narrow(dim, m * own.size(dim), own.size(dim)));
    };
    share(member->first->weight, first->weight, 1);
    share(member->first->bias, first->bias, 0);
    for (const auto& [own, all] : {std::pair(member->hidden2, hidden2), {member->output, output}}) {
      share(own->weight, all->weight, 0);
      share(own->bias, all->bias, 0);
    }
    result.push_back(member.ptr());
  }
  return result;
}

void MlpImpl::initialize(Random& random, Workers& workers) {
  const auto draw = [&](torch::Tensor& weight, torch::Tensor& bias, std::int64_t inputs) {
    const double bound = 1 / std::sqrt(static_cast<double>(inputs));
    fill_uniform(weight, bound, random, workers);
    fill_uniform(bias, bound, random, workers);
  };
  draw(first->weight, first->bias, first->weight.size(0));
  draw(hidden2->weight, hidden2->bias, hidden2->weight.size(2));
  draw(output->weight, output->bias, output->weight.size(2));
}

namespace {

/// A batch may contain only ignored documents.
constexpr float kLeastWeight = 1e-30F;

}  // namespace

torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels,
                            const LossOptions& options) {
  const std::int64_t members = logits.size(0), rows = logits.size(1);
  const torch::Tensor targets = labels.dim() == 1 ? labels.repeat({members}) : labels.flatten();
  const torch::Tensor losses =
      torch::nn::functional::cross_entropy(logits.flatten(0, 1), targets,
                                           torch::nn::functional::CrossEntropyFuncOptions()
                                               .weight(options.label_weights)
                                               .label_smoothing(options.label_smoothing)
                                               .ignore_index(kIgnored)
                                               .reduction(torch::kNone));
  torch::Tensor weights = targets.ne(kIgnored).to(torch::kFloat32);
  if (options.label_weights.defined())
    weights = weights * options.label_weights.index_select(0, targets.clamp_min(0));
  const auto sum_of = [&](const torch::Tensor& x) { return x.view({members, rows}).sum(1); };
  return (sum_of(losses) / sum_of(weights).clamp_min(kLeastWeight)).sum();
}

LossAndGradient cross_entropy_with_gradient(const torch::Tensor& logits,
                                            const torch::Tensor& labels,
                                            const LossOptions& options) {
  torch::NoGradGuard no_grad;
  const std::int64_t members = logits.size(0), rows = logits.size(1), classes = logits.size(2);
  const torch::Tensor logs = torch::log_softmax(logits, 2).contiguous();
  const torch::Tensor gradient = logs.exp();
  const torch::Tensor targets = labels.expand({members, rows}).contiguous();
  const torch::Tensor weights =
      options.label_weights.defined() ? options.label_weights : torch::ones({classes});
  const auto* const weight = weights.const_data_ptr<float>();
  const auto* log = logs.const_data_ptr<float>();
  const auto* target = targets.const_data_ptr<std::int64_t>();
  auto* g = gradient.mutable_data_ptr<float>();
  const auto spread = static_cast<float>(options.label_smoothing / static_cast<double>(classes));
  const auto on_label = static_cast<float>(1 - options.label_smoothing);
  const float spread_in_all = spread * std::accumulate(weight, weight + classes, 0.0f);
  double loss = 0;
  for (std::int64_t m = 0; m < members; ++m) {
    double of_member = 0, all_weights = 0;
    for (std::int64_t r = 0; r < rows; ++r)
      if (target[r] != kIgnored) all_weights += weight[target[r]];
    const auto factor = static_cast<float>(1 / std::max(all_weights, double{kLeastWeight}));
    for (std::int64_t r = 0; r < rows; ++r, log += classes, g += classes) {
      const bool ignored = target[r] == kIgnored;
      const float own = ignored ? 0 : on_label * weight[target[r]];
      const float in_all = ignored ? 0 : own + spread_in_all;
      for (std::int64_t c = 0; c < classes; ++c) {
        const float share = (c == target[r] ? own : 0) + (ignored ? 0 : spread * weight[c]);
        if (share != 0) of_member -= share * log[c];
        g[c] = factor * (in_all * g[c] - share);
      }
    }
    target += rows;
    loss += of_member * factor;
  }
  return {torch::scalar_tensor(loss, torch::kFloat32), gradient};
}

torch::Tensor ensemble_logits(const torch::Tensor& member_logits,
                              const std::vector<double>& shares) {
  if (shares.size() == 1) return member_logits[0];
  const torch::Tensor logs =
      torch::tensor(shares, torch::kFloat64).log().to(member_logits.device(), torch::kFloat32);
  return torch::logsumexp(torch::log_softmax(member_logits, 2) + logs.view({-1, 1, 1}), 0);
}

namespace {

/// Calls `each` with every parameter and its array in `network`.
void for_each_array(const SparseNetworkImpl& module, auto& network, const auto& each) {
  each(module.first->weight, network.first_weight);
  each(module.first->bias, network.first_bias);
  if (const auto* const mlp = dynamic_cast<const MlpImpl*>(&module)) {
    each(mlp->hidden2->weight, network.hidden2_weight);
    each(mlp->hidden2->bias, network.hidden2_bias);
    each(mlp->output->weight, network.output_weight);
    each(mlp->output->bias, network.output_bias);
  }
}

}  // namespace

void copy_weights(const Network& network, std::span<const std::int32_t> columns,
                  std::span<const std::int32_t> labels, float first_factor,
                  SparseNetworkImpl& module) {
  using Floats = std::span<const float>;
  torch::NoGradGuard no_grad;
  auto* const mlp = dynamic_cast<MlpImpl*>(&module);
  const auto values_of = [](torch::Tensor& tensor) {
    return std::span(tensor.mutable_data_ptr<float>(), static_cast<std::size_t>(tensor.numel()));
  };
  // Members come one after the other; the module may have fewer.
  const auto copy_members = [](Floats from, std::span<float> to) {
    std::ranges::copy(from.first(to.size()), to.begin());
  };
  // @param size the number of values per label
  const auto copy_labels = [&](Floats from, std::span<float> to, std::size_t size) {
    for (std::size_t l = 0; l < labels.size(); ++l)
      if (labels[l] >= 0)
        std::ranges::copy(from.subspan(static_cast<std::size_t>(labels[l]) * size, size),
                          to.subspan(l * size).begin());
  };
  const auto copy_outputs = [&](Floats from, std::span<float> to) {
    if (mlp != nullptr)
      copy_members(from, to);
    else
      copy_labels(from, to, 1);
  };

  const FirstWeight first_weight(network);
  const ColumnRange known = network.columns();
  const auto old_width = static_cast<std::size_t>(network.shape.width());
  const auto width = static_cast<std::size_t>(module.shape.width());
  const std::span<float> rows = values_of(module.first->weight);
  for (std::size_t c = 0; c < columns.size(); ++c)
    if (columns[c] >= known.first && columns[c] < known.last)
      copy_outputs(first_weight.floats().subspan(
                       static_cast<std::size_t>(columns[c] - known.first) * old_width, old_width),
                   rows.subspan(c * width, width));
  copy_outputs(network.first_bias, values_of(module.first->bias));
  module.first->weight.mul_(first_factor);
  module.first->bias.mul_(first_factor);
  if (mlp == nullptr) return;

  copy_members(network.hidden2_weight, values_of(mlp->hidden2->weight));
  copy_members(network.hidden2_bias, values_of(mlp->hidden2->bias));
  const auto copy_output = [&](Floats from, std::span<float> to, std::size_t size) {
    const auto old_labels = static_cast<std::size_t>(network.shape.labels);
    for (std::size_t m = 0; m < static_cast<std::size_t>(module.shape.members); ++m)
      copy_labels(from.subspan(m * old_labels * size), to.subspan(m * labels.size() * size), size);
  };
  copy_output(network.output_weight, values_of(mlp->output->weight),
              static_cast<std::size_t>(network.shape.hidden2));
  copy_output(network.output_bias, values_of(mlp->output->bias), 1);
}

Network share_weights(const SparseNetworkImpl& module) {
  auto arrays = std::make_shared<std::vector<torch::Tensor>>();
  Network network;
  network.shape = module.shape;
  for_each_array(module, network, [&](const torch::Tensor& tensor, std::span<const float>& array) {
    arrays->push_back(tensor.detach().cpu().contiguous());
    array = {arrays->back().const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
  });
  network.owner = std::move(arrays);
  return network;
}

SparseNetwork make_module(const Network& network, torch::Device device) {
  SparseNetwork module;
  if (network.shape.is_linear())
    module = std::make_shared<SoftmaxRegressionImpl>(network.shape);
  else
    module = std::make_shared<MlpImpl>(MlpOptions{network.shape, 0});
  torch::NoGradGuard no_grad;
  Network unpacked = network;
  const FirstWeight first_weight(network);
  unpacked.first_weight = first_weight.floats();
  for_each_array(*module, unpacked, [](const torch::Tensor& tensor, std::span<const float> values) {
    // from_blob requires a mutable pointer but only reads from it here.
    tensor.copy_(torch::from_blob(const_cast<float*>(values.data()), tensor.sizes()));
  });
  module->to(device);
  module->eval();
  return module;
}

}  // namespace newsclf
