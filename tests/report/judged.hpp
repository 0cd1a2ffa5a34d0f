// SPDX-License-Identifier: MIT
// Judged documents for the tests of reports.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "newsclf/evaluation/metrics.hpp"

namespace newsclf::testing {

/// A document for which the model gives these probabilities.
inline JudgedDocument judged(std::string id, std::int32_t truth,
                             const std::vector<double>& probabilities, float temperature = 1) {
  std::vector<float> logits;
  for (const double probability : probabilities)
    logits.push_back(static_cast<float>(std::log(probability)));
  return judge_document(std::move(id), "label", truth, logits, temperature);
}

}  // namespace newsclf::testing
