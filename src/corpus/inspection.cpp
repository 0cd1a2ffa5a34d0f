// SPDX-License-Identifier: MIT
#include "newsclf/corpus/inspection.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "newsclf/text/encoding_signs.hpp"
#include "newsclf/text/post.hpp"
#include "newsclf/text/tokenizer.hpp"

namespace newsclf {
namespace {

/// Findings in a single document.
struct DocumentSigns : EncodingSigns {
  bool is_empty = false;
  bool has_empty_body = false;
  bool is_unspaced = false;
};

bool holds_replacement(std::string_view text) {
  return text.find("\uFFFD") != std::string_view::npos;
}

/// Whether `text` contains nothing but white space (Unicode).
bool is_empty(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhitespace);
  if (first == std::string_view::npos || static_cast<unsigned char>(text[first]) < 0x80)
    return first == std::string_view::npos;
  return content_of({{}, {}, std::string(text)}).empty();
}

DocumentSigns signs_of(const Document& document) {
  DocumentSigns signs{find_encoding_signs(document.text), is_empty(document.text)};
  // Id and label columns are repaired too.
  signs.replaced =
      signs.replaced || holds_replacement(document.label) || holds_replacement(document.id);
  if (const auto post = document.may_be_post ? parse_post(document.text) : std::nullopt)
    signs.has_empty_body = is_empty(post->body);
  signs.is_unspaced = contains_unspaced(document.text);
  return signs;
}

class Findings {
 public:
  /// Adds the finding if its count is not 0.
  void add(Finding finding) {
    if (finding.count > 0) findings_.push_back(std::move(finding));
  }
  /// Adds a finding whose count is the size of `found`.
  template <typename Found>
  void add(FindingKind kind, Found Finding::*member, Found found) {
    Finding finding{kind, static_cast<std::int64_t>(found.size())};
    finding.*member = std::move(found);
    add(std::move(finding));
  }

  std::vector<Finding> take() { return std::move(findings_); }

 private:
  std::vector<Finding> findings_;
};

/// Returns the number of documents with text of scripts without spaces.
std::int64_t find_in_documents(const Corpus& data, const ReadOptions& options, Workers& workers,
                               Findings& findings) {
  std::vector<DocumentSigns> signs(data.documents.size());
  constexpr std::int64_t kPiece = 64;
  workers.for_each(signs.size(), kPiece,
                   [&](std::size_t i) { signs[i] = signs_of(data.documents[i]); });
  const auto where = [&](bool DocumentSigns::*sign) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < signs.size(); ++i)
      if (signs[i].*sign) places.push_back(i);
    return places;
  };

  std::vector<std::size_t> guessed;
  for (std::size_t i = 0; i < signs.size(); ++i)
    if (data.documents[i].guessed_encoding) guessed.push_back(i);
  findings.add(FindingKind::kGuessedEncoding, &Finding::documents, std::move(guessed));

  // Under `replace` all repaired documents contain U+FFFD: with equal counts, they are the same.
  const ReadCounts& counts = data.counts;
  const std::int64_t repaired = counts.repaired - counts.guessed;
  const bool replaces = options.invalid_utf8 == InvalidUtf8::kReplace;
  auto replaced = where(&DocumentSigns::replaced);
  const auto holders = static_cast<std::int64_t>(replaced.size());
  const bool all_are_ours = replaces && counts.lone_surrogates == 0 && holders == repaired;
  const std::int64_t ours = counts.lone_surrogates + (replaces ? repaired : 0);
  findings.add({.kind = FindingKind::kNotUtf8,
                .count = repaired,
                .documents = all_are_ours ? replaced : std::vector<std::size_t>()});
  if (holders > ours)
    findings.add(FindingKind::kReplacementCharacter, &Finding::documents, std::move(replaced));
  findings.add({.kind = FindingKind::kLoneSurrogate, .count = counts.lone_surrogates});
  constexpr std::pair<FindingKind, bool DocumentSigns::*> kSigns[] = {
      {FindingKind::kMisreadUtf8, &DocumentSigns::misread},
      {FindingKind::kUtf16, &DocumentSigns::utf16},
      {FindingKind::kControlCharacters, &DocumentSigns::controls},
      {FindingKind::kEmpty, &DocumentSigns::is_empty},
      {FindingKind::kEmptyBody, &DocumentSigns::has_empty_body},
  };
  for (const auto& [kind, sign] : kSigns) findings.add(kind, &Finding::documents, where(sign));
  return std::ranges::count(signs, true, &DocumentSigns::is_unspaced);
}

void find_in_columns(std::span<const Document> documents, const std::vector<TextColumn>& names,
                     Findings& findings) {
  std::vector<FoundColumn> empty, ids;
  const std::vector<ColumnValues> all = inspect_columns(documents);
  for (const ColumnValues& values : all) {
    if (values.documents < kFewValues) continue;
    const FoundColumn column{values.column < names.size() ? names[values.column].column
                                                          : std::to_string(values.column + 1),
                             values.documents, values.empty};
    const double share = static_cast<double>(values.empty) / static_cast<double>(values.documents);
    // A single column without text is already reported as empty documents.
    if (all.size() > 1 && share >= kNearlyAlways)
      empty.push_back(column);
    else if (values.like_ids)
      ids.push_back(column);
  }
  findings.add(FindingKind::kEmptyColumn, &Finding::columns, std::move(empty));
  findings.add(FindingKind::kIdColumn, &Finding::columns, std::move(ids));
}

void find_in_copies(const Corpus& data, const Corpus& test, Workers& workers, Findings& findings) {
  Finding duplicate{FindingKind::kDuplicate, 0};
  Finding contradiction{FindingKind::kContradiction, 0};
  Finding in_test{FindingKind::kInTest, 0};
  for (const CopyGroup& group : find_copies(data.documents, test.documents, workers)) {
    std::map<std::string_view, std::vector<std::size_t>> by_label;
    for (const std::size_t place : group.data)
      by_label[data.documents[place].label].push_back(place);
    for (auto& [label, places] : by_label) {
      if (places.size() < 2) continue;
      duplicate.count += static_cast<std::int64_t>(places.size()) - 1;
      const bool identical = std::ranges::all_of(places, [&, first = places[0]](std::size_t place) {
        return data.documents[place].text == data.documents[first].text;
      });
      duplicate.copies.push_back({std::move(places), {}, identical});
    }
    if (by_label.size() > 1) {
      contradiction.count += static_cast<std::int64_t>(group.data.size());
      contradiction.copies.push_back({group.data, {}, group.identical});
    }
    if (!group.data.empty() && !group.test.empty()) {
      in_test.count += static_cast<std::int64_t>(group.test.size());
      in_test.copies.push_back(group);
    }
  }
  findings.add(std::move(duplicate));
  findings.add(std::move(contradiction));
  findings.add(std::move(in_test));
}

void find_in_labels(const std::vector<LabelCount>& labels, std::int64_t cleaned, const Corpus& test,
                    Findings& findings) {
  std::vector<std::string> names;
  std::vector<std::int64_t> documents;
  for (const LabelCount& label : labels) {
    names.push_back(label.label);
    documents.push_back(label.documents);
  }
  const auto largest = static_cast<double>(std::ranges::max(documents));
  std::vector<std::string> rare;
  for (const LabelCount& label : labels)
    if (label.documents < kFewDocuments ||
        static_cast<double>(label.documents) < kFewOfLargest * largest)
      rare.push_back(label.label);
  findings.add(FindingKind::kRareLabel, &Finding::labels, std::move(rare));

  Finding similar{FindingKind::kSimilarLabels, 0};
  for (const auto& group : similar_names(names, documents)) {
    similar.count += static_cast<std::int64_t>(group.size());
    auto& alike = similar.similar.emplace_back();
    for (const std::size_t label : group) alike.push_back(names[label]);
  }
  findings.add(std::move(similar));
  findings.add({.kind = FindingKind::kCleanedLabel, .count = cleaned});
  if (names.size() == 1) findings.add(FindingKind::kSingleLabel, &Finding::labels, names);

  std::set<std::string> unknown;
  for (const Document& document : test.documents)
    if (!std::ranges::binary_search(names, document.label)) unknown.insert(document.label);
  findings.add(FindingKind::kUnknownTestLabel, &Finding::labels, {unknown.begin(), unknown.end()});
}

void find_in_counts(const ReadCounts& counts, Findings& findings) {
  findings.add({.kind = FindingKind::kSeveralLabels, .count = counts.more_labels});
  findings.add({.kind = FindingKind::kUnlabelled, .count = counts.unlabelled});
  findings.add(FindingKind::kUnreadable, &Finding::files, counts.unreadable);
  findings.add(FindingKind::kLink, &Finding::files, counts.links);
  findings.add({.kind = FindingKind::kOutside, .count = counts.outside});
  findings.add({.kind = FindingKind::kNotRegular, .count = counts.not_regular});
}

std::vector<LabelCount> count_labels(const std::vector<Document>& documents) {
  std::map<std::string_view, std::int64_t> counts;
  for (const Document& document : documents) ++counts[document.label];
  std::vector<LabelCount> labels;
  for (const auto& [label, count] : counts) labels.push_back({std::string(label), count});
  return labels;
}

}  // namespace

Inspection inspect_corpus(const Corpus& data, const Corpus& test, const ReadOptions& options,
                          Workers& workers) {
  Inspection inspection{count_labels(data.documents), 0, 0, 0, {}};
  std::vector<std::size_t> sizes;
  for (const Document& document : data.documents) sizes.push_back(document.text.size());
  inspection.largest =
      static_cast<std::size_t>(std::max_element(sizes.begin(), sizes.end()) - sizes.begin());
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>((sizes.size() - 1) / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  inspection.median_bytes = *middle;

  Findings findings;
  inspection.unspaced = find_in_documents(data, options, workers, findings);
  find_in_columns(data.documents, options.columns.text, findings);
  find_in_copies(data, test, workers, findings);
  find_in_labels(inspection.labels, data.counts.cleaned_labels, test, findings);
  find_in_counts(data.counts, findings);
  inspection.findings = findings.take();
  return inspection;
}

}  // namespace newsclf
