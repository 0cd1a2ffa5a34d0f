// SPDX-License-Identifier: MIT
#include "newsclf/features/marked_words.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace newsclf {
namespace {

/// Sorts `words` by position and merges overlapping words. The words of a subject occur twice, and
/// may be split differently: `Subject:moon` may be one word.
std::vector<MarkedWord> merge(std::vector<MarkedWord> words) {
  std::ranges::stable_sort(words, [](const MarkedWord& a, const MarkedWord& b) {
    return a.place.begin != b.place.begin ? a.place.begin < b.place.begin
                                          : a.place.end > b.place.end;
  });
  std::vector<MarkedWord> merged;
  for (const MarkedWord& word : words) {
    if (merged.empty() || merged.back().place.end <= word.place.begin) {
      merged.push_back(word);
      continue;
    }
    merged.back().place.end = std::max(merged.back().place.end, word.place.end);
    merged.back().value += word.value;
  }
  return merged;
}

}  // namespace

std::vector<MarkedWord> mark_words(const Vectorizer& vectorizer, const Document& document,
                                   const SparseRow& values) {
  Analyzer analyzer(vectorizer.options().text);
  TokenPlaces places;
  const std::span<const TokenOccurrence> occurrences = analyzer.analyze(document, &places);

  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> entries;                   // index into `values` for each occurrence
  std::vector<double> counts(values.columns.size());  // sum over the occurrences of each entry
  for (const TokenOccurrence& occurrence : occurrences) {
    const std::int32_t column = vectorizer.vocabulary().find(occurrence.token);
    const auto found = std::ranges::lower_bound(values.columns, column);
    const bool known = found != values.columns.end() && *found == column;
    entries.push_back(known ? static_cast<std::size_t>(found - values.columns.begin()) : kNone);
    if (known) counts[entries.back()] += occurrence.count;
  }

  std::vector<double> sums(places.words.size());
  std::vector<char> marked(places.words.size());
  for (std::size_t o = 0; o < occurrences.size(); ++o) {
    if (entries[o] == kNone) continue;
    const auto [first, count] = places.runs[o];
    const double share = occurrences[o].count / counts[entries[o]] / static_cast<double>(count);
    for (std::size_t word = first; word < first + count; ++word) {
      sums[word] += share * static_cast<double>(values.values[entries[o]]);
      marked[word] = 1;
    }
  }
  std::vector<MarkedWord> words;
  for (std::size_t word = 0; word < sums.size(); ++word)
    if (marked[word]) words.push_back({places.words[word], sums[word]});
  return merge(std::move(words));
}

}  // namespace newsclf
