// SPDX-License-Identifier: MIT
// Chosen thresholds, as text or as JSON.
#pragma once

#include <span>
#include <string>

#include "newsclf/corpus/label_set.hpp"
#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/model/thresholds.hpp"

namespace newsclf {

/// How many of `documents` are answered with `thresholds`, and the precision of the answers with a
/// 95 % interval; if they are per label, also one line per label.
std::string text_report(const Thresholds& thresholds, const LabelSet& labels,
                        std::span<const JudgedDocument> documents);

/// One JSON object: goal, target, per_label, documents, answered, coverage, precision,
/// precision_interval, labels [{label, threshold, predicted, answered, precision}]. A threshold is
/// null if the label is never answered, and an interval if nothing is answered.
std::string json_report(const Thresholds& thresholds, const LabelSet& labels,
                        std::span<const JudgedDocument> documents);

}  // namespace newsclf
