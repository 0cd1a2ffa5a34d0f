// SPDX-License-Identifier: MIT
#include "newsclf/corpus/label_set.hpp"

#include <algorithm>
#include <numeric>

namespace newsclf {
namespace {

/// Levenshtein's distance between byte strings, by the row-at-a-time dynamic programme of Wagner
/// and Fischer (1974).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

LabelSet::LabelSet(std::vector<std::string> labels) : labels_(std::move(labels)) {
  std::sort(labels_.begin(), labels_.end());
  labels_.erase(std::unique(labels_.begin(), labels_.end()), labels_.end());
}

LabelSet LabelSet::of(std::span<const Document> documents) {
  std::vector<std::string> labels;
  for (const Document& document : documents)
    if (labels.empty() || labels.back() != document.label) labels.push_back(document.label);
  return LabelSet(std::move(labels));
}

std::int32_t LabelSet::to_id(std::string_view label) const {
  const auto place = std::lower_bound(labels_.begin(), labels_.end(), label);
  if (place == labels_.end() || *place != label) return kUnknown;
  return static_cast<std::int32_t>(place - labels_.begin());
}

std::string LabelSet::nearest(std::string_view label) const {
  std::string best;
  std::size_t best_distance = (label.size() + 1) / 3 + 1;
  for (const std::string& candidate : labels_) {
    const std::size_t distance = edit_distance(label, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::vector<std::int32_t> label_ids(std::span<const Document> documents, const LabelSet& labels) {
  std::vector<std::int32_t> ids;
  ids.reserve(documents.size());
  for (const Document& document : documents) ids.push_back(labels.to_id(document.label));
  return ids;
}

}  // namespace newsclf
