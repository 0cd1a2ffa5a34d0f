// SPDX-License-Identifier: MIT
#include "learning/left_out.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "newsclf/corpus/split.hpp"
#include "newsclf/evaluation/metrics.hpp"

namespace newsclf {
namespace {

/// `ensemble` with a share of 0 for the members that learn from all documents.
Ensemble members_that_leave_out(Ensemble ensemble) {
  std::vector<double> shares = ensemble.all_shares();
  double of_perceptrons = 0;
  auto share = shares.begin();
  for (const Network& network : ensemble.networks)
    for (std::int64_t m = 0; m < network.shape.members; ++m, ++share)
      if (!network.shape.is_linear()) of_perceptrons += std::exchange(*share, 0);
  if (ensemble.networks.front().shape.members > 1) shares.front() = of_perceptrons;
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& each : shares) each /= sum;
  ensemble.shares = std::move(shares);
  return ensemble;
}

}  // namespace

LeftOut leave_out(std::span<const std::int32_t> labels, const ThreadKeys& keys,
                  std::uint64_t seed) {
  constexpr double kLeast = 1.0 / 16, kMost = 1.0 / 6, kEnough = 150;
  const double share = std::clamp(kEnough / static_cast<double>(labels.size()), kLeast, kMost);
  const Split split = stratified_split(labels, keys, share, seed);
  if (split.held_out.empty()) return {};
  LeftOut left_out{std::vector<char>(labels.size(), 0), std::ssize(split.held_out)};
  std::set<std::string_view> threads;
  for (const std::size_t d : split.held_out) {
    left_out.flags[d] = 1;
    threads.insert(keys[d]);
  }
  left_out.threads = std::ssize(threads);
  return left_out;
}

float fit_temperature(const LeftOut& left_out, const Ensemble& ensemble, const RowsView& rows,
                      std::span<const std::int32_t> labels, Workers& workers) {
  SparseRows chosen;
  std::vector<std::int32_t> chosen_labels;
  for (std::size_t d = 0; d < left_out.flags.size(); ++d)
    if (left_out.flags[d] != 0) {
      chosen.append(rows.row(d));
      chosen_labels.push_back(labels[d]);
    }
  // Against the prior distribution, a thread or a text with its copies counts once.
  const double deviation =
      kTemperatureDeviation *
      std::sqrt(static_cast<double>(left_out.threads) / static_cast<double>(left_out.documents));
  return fit_temperature(native_logits(members_that_leave_out(ensemble), chosen, workers),
                         chosen_labels, deviation);
}

}  // namespace newsclf
