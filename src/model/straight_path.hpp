// SPDX-License-Identifier: MIT
// A member of a network along the straight path from the empty document to a row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "newsclf/model/network.hpp"

namespace newsclf {

/// What one member does at x = alpha * row, for alpha from 0 to 1. The pre-activations of the first
/// hidden layer are linear in alpha, so each of its units switches once at most; between two of
/// these switches those of the second layer are linear too. The path falls into S segments within
/// which no unit switches and the logits are linear.
struct MemberPath {
  static constexpr std::int32_t kNone = -1;

  std::vector<double> ends;            ///< [S], ascending; where each segment ends, the last at 1
  std::vector<std::int32_t> switched;  ///< [S], unit of layer 1 that switches at the end, or kNone
  std::vector<char> on2;               ///< [S, H2], whether the units of layer 2 are on
  std::vector<char> on1_first;         ///< [H1], whether those of layer 1 are on in the beginning
  std::vector<char> on1_last;          ///< [H1], and in the end
  std::vector<double> logits;  ///< [S + 1, C], in the beginning and where each segment ends
};

/// @param slope1 [H1], what the row adds to the pre-activations of the member's first hidden layer
/// Costs O((H1 + S C) H2). The logits are in doubles, not divided by the temperature.
MemberPath trace_path(const Network& network, std::size_t member, std::span<const double> slope1);

}  // namespace newsclf
