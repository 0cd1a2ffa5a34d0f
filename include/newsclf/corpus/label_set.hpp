// SPDX-License-Identifier: MIT
// The labels of a classifier, numbered.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/names/edit_distance.hpp"

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

  /// The label that `label` may be a misspelling of; empty where there is none.
  std::string nearest(std::string_view label) const { return nearest_name(label, labels_); }

 private:
  std::vector<std::string> labels_;
};

/// What keeps `label` from standing in a model or in a line of output: "is not UTF-8", "holds a
/// control character", "is empty"; empty where nothing does.
std::string label_problem(std::string_view label);

/// The id of each document's label, `LabelSet::kUnknown` for a label that `labels` does not hold.
std::vector<std::int32_t> label_ids(DocumentStream& documents, const LabelSet& labels);

}  // namespace newsclf
