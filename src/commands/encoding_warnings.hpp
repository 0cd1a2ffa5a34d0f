// SPDX-License-Identifier: MIT
// Warns of texts and labels that may have been read differently than meant.
#pragma once

#include "cli/console.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/corpus/read_options.hpp"

namespace newsclf {

/// Warns if more than a few documents (half of them, or more than 10 and more than 1 %) were not
/// valid in their encoding; returns whether it did. Silent if --invalid-utf8 chose Latin-1.
bool warn_of_encoding(const Console& console, const ReadCounts& counts, const ReadOptions& options);

/// Warns of labels that differ only in case.
void warn_of_case(const Console& console, const LabelSet& labels);

}  // namespace newsclf
