// SPDX-License-Identifier: MIT
// The parts of the page that are drawn. Each is a <figure> with an SVG image.
#pragma once

#include <string>

#include "newsclf/evaluation/evaluation.hpp"
#include "newsclf/model/training_record.hpp"

namespace newsclf {

/// Accuracy over the predicted label's probability, a bar a bin, with the diagonal of a model whose
/// probabilities are right, and below it how many documents each bin holds (DeGroot & Fienberg,
/// 1983).
std::string reliability_diagram(const Evaluation& evaluation);

/// The loss over the epochs, and where documents were held out their loss and accuracy; empty where
/// the record has no epochs.
std::string learning_curve(const TrainingRecord& training);

}  // namespace newsclf
