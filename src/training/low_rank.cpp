// SPDX-License-Identifier: MIT
#include "training/low_rank.hpp"

#include <torch/torch.h>

#include <cmath>

namespace newsclf {
namespace {

constexpr std::int64_t kPiece = 4096;  // rows

/// A view of rows of a matrix.
torch::Tensor view(const float* first, std::int64_t rows, std::int64_t width) {
  // from_blob requires a mutable pointer but only reads from it here.
  return torch::from_blob(const_cast<float*>(first), {rows, width}, torch::kFloat32);
}

/// Calls `work(begin, end)` with pieces of the rows on all threads. LibTorch uses one thread for
/// each, since it splits sums differently for each number of threads.
void for_each_piece(std::int64_t rows, Workers& workers, const auto& work) {
  workers.share(rows, kPiece, [&](std::int64_t begin, std::int64_t end) {
    at::set_num_threads(1);
    const torch::NoGradGuard no_grad;
    for (std::int64_t first = begin; first < end; first += kPiece)
      work(first, std::min(first + kPiece, end));
  });
}

}  // namespace

LowRank reduce_rank(std::span<const float> weights, std::int64_t width,
                    std::span<const float> importance, std::int64_t rank, Workers& workers) {
  const auto rows = std::ssize(importance);
  std::vector<torch::Tensor> squares(static_cast<std::size_t>((rows + kPiece - 1) / kPiece));
  for_each_piece(rows, workers, [&](std::int64_t begin, std::int64_t end) {
    const torch::Tensor scale = view(importance.data() + begin, end - begin, 1);
    const torch::Tensor counted = scale.squeeze(1).nonzero().squeeze(1);
    const torch::Tensor scaled =
        view(weights.data() + begin * width, end - begin, width).index_select(0, counted) *
        scale.index_select(0, counted).sqrt();
    squares[static_cast<std::size_t>(begin / kPiece)] = scaled.t().mm(scaled);
  });
  const torch::NoGradGuard no_grad;
  torch::Tensor sum = torch::zeros({width, width}, torch::kFloat64);
  for (const torch::Tensor& square : squares) sum += square;
  const torch::Tensor leading = std::get<1>(torch::linalg_eigh(sum))  // in ascending order
                                    .slice(1, width - rank)
                                    .to(torch::kFloat32);

  LowRank result;
  result.rows.resize(static_cast<std::size_t>(rows * rank));
  for_each_piece(rows, workers, [&](std::int64_t begin, std::int64_t end) {
    torch::Tensor out = view(result.rows.data() + begin * rank, end - begin, rank);
    torch::mm_out(out, view(weights.data() + begin * width, end - begin, width), leading);
  });
  const torch::Tensor basis = leading.t().contiguous();
  const auto* const values = basis.const_data_ptr<float>();
  result.basis.assign(values, values + basis.numel());
  return result;
}

}  // namespace newsclf
