// SPDX-License-Identifier: MIT
#include "newsclf/corpus/label_set.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <unordered_set>

#include "corpus/record_splitter.hpp"
#include "newsclf/corpus/document_facts.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/io/byte_source.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

/// Applies a mapping of utf8proc (UTF8PROC_COMPOSE, UTF8PROC_CASEFOLD).
std::string mapped(std::string_view text, int options) {
  utf8proc_uint8_t* out = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &out,
                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(out, &std::free);
  if (size < 0) return std::string(text);
  return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)};
}

bool is_white_space(char32_t c) {
  if (c < 0x80) return kWhitespace.find(static_cast<char>(c)) != std::string_view::npos;
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return c == 0x85 || category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

/// Returns `text` without the white space (Unicode) at its ends. @param text well-formed UTF-8
std::string_view without_outer_space(std::string_view text) {
  std::size_t begin = text.size(), end = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t here = i;
    if (is_white_space(decode_utf8(text, i))) continue;
    begin = std::min(begin, here);
    end = i;
  }
  return end == 0 ? std::string_view() : text.substr(begin, end - begin);
}

}  // namespace

LabelSet::LabelSet(std::vector<std::string> labels) : labels_(std::move(labels)) {
  std::sort(labels_.begin(), labels_.end());
  labels_.erase(std::unique(labels_.begin(), labels_.end()), labels_.end());
}

LabelSet LabelSet::of(DocumentStream& documents) {
  std::unordered_set<std::string> labels;
  if (const KnownDocuments known = documents.known(); known.facts != nullptr) {
    std::vector<char> occurs(known.facts->labels.size());
    for_each_known(known, [&](std::size_t d) {
      occurs[static_cast<std::size_t>(known.facts->label_of[d])] = 1;
    });
    for (std::size_t l = 0; l < occurs.size(); ++l)
      if (occurs[l] != 0) labels.insert(known.facts->labels[l]);
    return LabelSet({labels.begin(), labels.end()});
  }
  for_each_document(documents, [&](const Document& document) { labels.insert(document.label); });
  return LabelSet({labels.begin(), labels.end()});
}

LabelSet all_labels(const LabelSet& some, const LabelSet& others) {
  std::vector<std::string> labels = some.labels();
  labels.insert(labels.end(), others.labels().begin(), others.labels().end());
  return LabelSet(std::move(labels));
}

std::int32_t LabelSet::to_id(std::string_view label) const {
  const auto place = std::lower_bound(labels_.begin(), labels_.end(), label);
  if (place == labels_.end() || *place != label) return kUnknown;
  return static_cast<std::int32_t>(place - labels_.begin());
}

bool clean_label(std::string& label) {
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7F; };
  const bool plain_ends = label.empty() || (is_plain(label.front()) && is_plain(label.back()));
  if (plain_ends && std::ranges::all_of(label, is_ascii)) return false;
  if (find_invalid_utf8(label) != std::string_view::npos) return false;
  std::string clean = mapped(without_outer_space(label), UTF8PROC_COMPOSE);
  const bool changed = clean != label;
  label = std::move(clean);
  return changed;
}

std::vector<std::pair<std::string, std::string>> labels_differing_in_case(const LabelSet& labels) {
  std::map<std::string, std::string> first;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& label : labels.labels()) {
    const auto [place, is_new] =
        first.emplace(mapped(label, UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD), label);
    if (!is_new) pairs.emplace_back(place->second, label);
  }
  return pairs;
}

std::string label_problem(std::string_view label) {
  if (label.empty()) return "is empty";
  if (find_invalid_utf8(label) != std::string_view::npos) return "is not UTF-8";
  for (; !label.empty(); label.remove_prefix(1))
    if (Error::length_of_control(label) > 0) return "contains a control character";
  return {};
}

std::vector<std::int32_t> label_ids(DocumentStream& documents, const LabelSet& labels) {
  std::vector<std::int32_t> ids;
  if (const KnownDocuments known = documents.known(); known.facts != nullptr) {
    std::vector<std::int32_t> id_of;
    for (const std::string& label : known.facts->labels) id_of.push_back(labels.to_id(label));
    for_each_known(known, [&](std::size_t d) {
      ids.push_back(id_of[static_cast<std::size_t>(known.facts->label_of[d])]);
    });
    return ids;
  }
  for_each_document(documents,
                    [&](const Document& document) { ids.push_back(labels.to_id(document.label)); });
  return ids;
}

std::vector<std::int64_t> documents_per_label(std::span<const std::int32_t> label_of,
                                              std::int32_t labels) {
  std::vector<std::int64_t> documents(static_cast<std::size_t>(labels), 0);
  for (const std::int32_t label : label_of) ++documents[static_cast<std::size_t>(label)];
  return documents;
}

std::vector<float> balanced_label_weights(std::span<const std::int32_t> label_of,
                                          std::int32_t labels) {
  const std::vector<std::int64_t> documents = documents_per_label(label_of, labels);
  const auto absent = std::ranges::count(documents, 0);
  std::vector<float> weights;
  for (const std::int64_t count : documents)
    weights.push_back(count == 0 ? 1
                                 : static_cast<float>(static_cast<double>(label_of.size()) /
                                                      (static_cast<double>(labels - absent) *
                                                       static_cast<double>(count))));
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
    std::string label = line.substr(0, tab);
    clean_label(label);
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
