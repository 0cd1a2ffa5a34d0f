// SPDX-License-Identifier: MIT
// The values that `tune` tries for each option, and candidates drawn from them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "newsclf/learning/tuning.hpp"

namespace newsclf {

/// For each of `tunable_options`, the number of its value, from 1; 0: as given.
using Candidate = std::vector<std::size_t>;

class SearchSpace {
 public:
  /// @param given the options of the candidate of zeros
  /// @param fixed options that no candidate changes
  /// @param documents number of documents that the final network is trained on
  /// @throws Error if all options are fixed, or one is unknown
  SearchSpace(const LearningOptions& given, std::span<const std::string> fixed,
              std::int64_t documents, std::int64_t labels, bool are_short);

  /// Adds a candidate whose resolved options differ from those of all others, drawn by changing
  /// some options of candidate `from`; returns whether one was found. Candidate 0 is there from the
  /// beginning, and candidate 1 has the inputs of `Preset::kBest`, unless they are fixed.
  bool add(std::size_t from);
  std::size_t size() const { return candidates_.size(); }

  /// The values of a candidate for a training on `documents` documents. The number of epochs,
  /// learning rate and weight decay are multiples of those that `learn` chooses for as many, so
  /// that they fit trainings on parts of the documents too.
  std::vector<OptionValue> values(std::size_t candidate, std::int64_t documents) const;
  /// The given options with these values.
  LearningOptions options(std::size_t candidate, std::int64_t documents) const;

 private:
  bool add_if_new(const Candidate& candidate);
  LearningOptions resolved(const LearningOptions& options, std::int64_t documents) const;

  LearningOptions given_;
  std::vector<std::size_t> open_;  // places in `tunable_options`
  std::int64_t documents_, labels_;
  bool are_short_;
  std::vector<Candidate> candidates_;
};

}  // namespace newsclf
