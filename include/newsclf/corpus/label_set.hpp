// SPDX-License-Identifier: MIT
// The labels of a classifier with their ids, and the weights of labels in the loss.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"

namespace newsclf {

/// Distinct labels in byte order; the id of a label is its index.
class LabelSet {
 public:
  static constexpr std::int32_t kUnknown = -1;

  LabelSet() = default;
  /// Sorts `labels` and removes duplicates.
  explicit LabelSet(std::vector<std::string> labels);
  /// Collects the labels of `documents`.
  static LabelSet of(DocumentStream& documents);
  static LabelSet of(std::span<const Document> documents) {
    StoredDocuments stored(documents);
    return of(stored);
  }

  /// Returns the label's id, or `kUnknown`.
  std::int32_t to_id(std::string_view label) const;
  const std::string& to_label(std::int32_t id) const {
    return labels_[static_cast<std::size_t>(id)];
  }
  std::int32_t size() const { return static_cast<std::int32_t>(labels_.size()); }
  const std::vector<std::string>& labels() const { return labels_; }

 private:
  std::vector<std::string> labels_;
};

/// The labels of either set.
LabelSet all_labels(const LabelSet& some, const LabelSet& others);

/// Removes white space (Unicode) around `label` and composes its characters (normalization form C),
/// since labels that differ only so look the same; returns whether it changed. Every label that is
/// read goes through this. Leaves a label alone that is not well-formed UTF-8.
bool clean_label(std::string& label);

/// Returns pairs of `labels` that differ only in case, each label with the first one like it.
std::vector<std::pair<std::string, std::string>> labels_differing_in_case(const LabelSet& labels);

/// Returns why `label` cannot be used in a model or in output: "is empty", "is not UTF-8" or
/// "contains a control character" (see `Error::length_of_control`); empty for a valid label.
std::string label_problem(std::string_view label);

/// Returns the id of each document's label, `LabelSet::kUnknown` for labels not in `labels`.
std::vector<std::int32_t> label_ids(DocumentStream& documents, const LabelSet& labels);

/// The number of documents of each of `labels` labels. @param label_of one id below `labels` per
/// document
std::vector<std::int64_t> documents_per_label(std::span<const std::int32_t> label_of,
                                              std::int32_t labels);

/// Returns n / (C n_c) for each label c: all labels have the same total weight, and the mean over
/// documents is 1, as scikit-learn's `class_weight="balanced"`. C is the number of labels that
/// occur; all others have the weight 1. @param label_of one id below `labels` per document
std::vector<float> balanced_label_weights(std::span<const std::int32_t> label_of,
                                          std::int32_t labels);

/// Reads a file with one label per line, and checks them as `check_label_names`.
std::vector<std::string> read_label_names(const std::string& path);
/// @throws Error at `where` for a label that is empty, not valid or repeated
void check_label_names(std::span<const std::string> names, const std::string& where);

/// Reads a file with lines `LABEL TAB WEIGHT`; labels without a line have the weight 1.
/// @throws Error with the line for a malformed line, an unknown or repeated label, or a weight that
/// is not above 0
std::vector<float> read_label_weights(const std::string& path, const LabelSet& labels);

}  // namespace newsclf
