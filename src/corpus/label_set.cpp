// SPDX-License-Identifier: MIT
#include "newsclf/corpus/label_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <set>
#include <unordered_set>

#include "corpus/record_splitter.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/io/byte_source.hpp"
#include "newsclf/names/choice.hpp"
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
    return "contains a control character";
  return {};
}

std::vector<std::int32_t> label_ids(DocumentStream& documents, const LabelSet& labels) {
  std::vector<std::int32_t> ids;
  for_each_document(documents,
                    [&](const Document& document) { ids.push_back(labels.to_id(document.label)); });
  return ids;
}

std::vector<float> balanced_label_weights(std::span<const std::int32_t> label_of,
                                          std::int32_t labels) {
  std::vector<double> documents(static_cast<std::size_t>(labels), 0);
  for (const std::int32_t label : label_of) ++documents[static_cast<std::size_t>(label)];
  std::vector<float> weights;
  for (const double count : documents)
    weights.push_back(static_cast<float>(static_cast<double>(label_of.size()) / (labels * count)));
  return weights;
}

std::vector<std::string> read_label_names(const std::string& path) {
  RecordSplitter lines(open_bytes(path));
  std::vector<std::string> names;
  for (auto records = lines.read(); !records.empty(); records = lines.read())
    for (const Record& record : records) names.emplace_back(record.bytes);
  check_label_names(names, path);
  return names;
}

void check_label_names(std::span<const std::string> names, const std::string& where) {
  std::set<std::string_view> seen;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const std::string problem =
        seen.insert(names[k]).second ? label_problem(names[k]) : "is a repeated name";
    if (!problem.empty())
      throw Error(where, fmt::format("the name of label {}, '{}', {}", k, names[k], problem),
                  "give one name per label, in the order of their numbers from 0");
  }
}

std::vector<float> read_label_weights(const std::string& path, const LabelSet& labels) {
  std::ifstream file(path);
  if (!file) throw Error(path, std::string("cannot be read: ") + std::strerror(errno));
  std::vector<float> weights(static_cast<std::size_t>(labels.size()), 1.0f);
  std::set<std::int32_t> seen;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty()) continue;
    const auto refuse = [&](const std::string& what, const std::string& advice) {
      throw Error(fmt::format("{}, line {}", path, number), what, advice);
    };
    const std::size_t tab = line.rfind('\t');
    if (tab == std::string::npos) refuse("missing tab", "write LABEL TAB WEIGHT");
    const std::string label = line.substr(0, tab);
    const std::int32_t id = labels.to_id(label);
    if (id == LabelSet::kUnknown)
      refuse(fmt::format("no document has the label '{}'", label),
             "the labels are " + short_list(labels.labels()));
    if (!seen.insert(id).second) refuse(fmt::format("duplicate weight of '{}'", label), "keep one");
    float weight = 0;
    const char* const end = line.data() + line.size();
    const auto [stop, error] = std::from_chars(line.data() + tab + 1, end, weight);
    if (error != std::errc() || stop != end || !(weight > 0) || !std::isfinite(weight))
      refuse(fmt::format("the weight must be a number above 0, got '{}'", line.substr(tab + 1)),
             "write a number such as 2.5");
    weights[static_cast<std::size_t>(id)] = weight;
  }
  if (file.bad()) throw Error(path, std::string("cannot be read: ") + std::strerror(errno));
  return weights;
}

}  // namespace newsclf
