// SPDX-License-Identifier: MIT
// What a document of each label counts in the loss.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/label_set.hpp"

namespace newsclf {

/// n / (C n_c) for each label c: all labels together count alike, and the mean over documents is 1,
/// as scikit-learn's `class_weight="balanced"`.
/// @param label_of one a document, each of the `labels` labels at least once
std::vector<float> balanced_label_weights(std::span<const std::int32_t> label_of,
                                          std::int32_t labels);

/// Reads a file of lines `LABEL TAB WEIGHT`; labels without a line have the weight 1.
/// @throws Error naming the line, if it has another form, an unknown or repeated label, or a weight
/// that is not above 0
std::vector<float> read_label_weights(const std::string& path, const LabelSet& labels);

}  // namespace newsclf
