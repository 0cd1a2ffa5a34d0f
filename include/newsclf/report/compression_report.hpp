// SPDX-License-Identifier: MIT
// What a compressed model lost, as text or as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "newsclf/model/classifier.hpp"

namespace newsclf {

/// A model before or after compression.
struct SizedModel {
  std::int64_t bytes;  ///< size of the file
  ModelSummary model;
  double accuracy;  ///< on the checked documents
};

/// Both models; their accuracy on `documents`, of which `changed` got another label, unless
/// `documents` is 0.
struct Compression {
  SizedModel before, after;
  std::int64_t documents = 0;
  std::int64_t changed = 0;
};

std::string text_report(const Compression& compression);
/// One JSON object: before and after {bytes, tokens, networks [{members, inputs, hidden, weights,
/// numbers_per_input}], accuracy}, documents, changed; the accuracy and the last two only if
/// documents were checked.
std::string json_report(const Compression& compression);

}  // namespace newsclf
