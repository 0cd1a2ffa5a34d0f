// SPDX-License-Identifier: MIT
// The labels of a classifier, numbered, and what a document of each counts in the loss.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"

namespace newsclf {

/// Distinct labels in byte order; a label's id is its place.
class LabelSet {
 public:
  static constexpr std::int32_t kUnknown = -1;

  LabelSet() = default;
  /// Sorts `labels` and drops repetitions.
  explicit LabelSet(std::vector<std::string> labels);
  /// The labels of `documents`.
  static LabelSet of(DocumentStream& documents);
  static LabelSet of(std::span<const Document> documents) {
    StoredDocuments stored(documents);
    return of(stored);
  }

  /// The label's id, or `kUnknown`.
  std::int32_t to_id(std::string_view label) const;
  const std::string& to_label(std::int32_t id) const {
    return labels_[static_cast<std::size_t>(id)];
  }
  std::int32_t size() const { return static_cast<std::int32_t>(labels_.size()); }
  const std::vector<std::string>& labels() const { return labels_; }

 private:
  std::vector<std::string> labels_;
};

/// What keeps `label` from standing in a model or in a line of output: "is not UTF-8", "holds a
/// control character", "is empty"; empty where nothing does.
std::string label_problem(std::string_view label);

/// The id of each document's label, `LabelSet::kUnknown` for a label that `labels` does not hold.
std::vector<std::int32_t> label_ids(DocumentStream& documents, const LabelSet& labels);

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
