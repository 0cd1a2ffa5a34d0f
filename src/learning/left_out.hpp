// SPDX-License-Identifier: MIT
// Calibration without held-out documents: some members of an ensemble do not learn from a part of
// the documents, and a temperature is fitted with these members on this part. Nothing is trained
// twice.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/thread_keys.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/model/network.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// The standard deviation of ln T in the prior distribution of a temperature T, see
/// `fit_temperature`.
inline constexpr double kTemperatureDeviation = 0.8;

/// The documents that some members do not learn from.
struct LeftOut {
  std::vector<char> flags = {};  ///< one per training document; empty: none
  std::int64_t documents = 0;    ///< number of flagged documents
  std::int64_t threads = 0;      ///< number of different keys among them

  bool is_empty() const { return documents == 0; }
};

/// Draws a sixteenth of the documents, or up to a sixth if that is fewer than 150; documents with
/// equal `keys` stay together. Empty if there are too few documents.
/// @param labels, keys one per document
LeftOut leave_out(std::span<const std::int32_t> labels, const ThreadKeys& keys, std::uint64_t seed);

/// The temperature fitted on the left-out documents with the linear member and, if there are
/// several, the first perceptron, which stands for all.
/// @param rows, labels of all training documents
float fit_temperature(const LeftOut& left_out, const Ensemble& ensemble, const RowsView& rows,
                      std::span<const std::int32_t> labels, Workers& workers);

}  // namespace newsclf
