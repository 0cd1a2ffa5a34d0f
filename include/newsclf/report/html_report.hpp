// SPDX-License-Identifier: MIT
// What an evaluation found, as a page to look at.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "newsclf/evaluation/mistakes.hpp"
#include "newsclf/evaluation/evaluation.hpp"
#include "newsclf/model/training_record.hpp"

namespace newsclf {

/// One HTML file that needs no other, no script and no network: the figures of the evaluation, the
/// scores of each label, the confusion matrix as a heat map, the most confused pairs, the
/// reliability diagram, the learning curve if `training` has epochs, and `mistakes` with the words
/// that led to them. The same input gives the same bytes. Whatever comes from data is escaped.
/// @param title says which model was scored on what
std::string html_report(const Evaluation& evaluation, const TrainingRecord& training,
                        std::span<const Mistake> mistakes, std::string_view title);

}  // namespace newsclf
