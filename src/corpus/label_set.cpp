// SPDX-License-Identifier: MIT
#include "newsclf/corpus/label_set.hpp"

#include <algorithm>
#include <unordered_set>

#include "newsclf/text/utf8.hpp"

namespace newsclf {

LabelSet::LabelSet(std::vector<std::string> labels) : labels_(std::move(labels)) {
  std::sort(labels_.begin(), labels_.end());
  labels_.erase(std::unique(labels_.begin(), labels_.end()), labels_.end());
}

LabelSet LabelSet::of(DocumentStream& documents) {
  std::unordered_set<std::string> labels;
  for_each_document(documents, [&](const Document& document) { labels.insert(document.label); });
  return LabelSet({labels.begin(), labels.end()});
}

std::int32_t LabelSet::to_id(std::string_view label) const {
  const auto place = std::lower_bound(labels_.begin(), labels_.end(), label);
  if (place == labels_.end() || *place != label) return kUnknown;
  return static_cast<std::int32_t>(place - labels_.begin());
}

std::string label_problem(std::string_view label) {
  if (label.empty()) return "is empty";
  if (find_invalid_utf8(label) != std::string_view::npos) return "is not UTF-8";
  if (std::ranges::any_of(label, [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
    return "holds a control character";
  return {};
}

std::vector<std::int32_t> label_ids(DocumentStream& documents, const LabelSet& labels) {
  std::vector<std::int32_t> ids;
  for_each_document(documents, [&](const Document& document) {
    ids.push_back(labels.to_id(document.label));
  });
  return ids;
}

}  // namespace newsclf
