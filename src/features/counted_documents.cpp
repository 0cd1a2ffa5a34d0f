// SPDX-License-Identifier: MIT
#include "features/counted_documents.hpp"

#include <algorithm>
#include <mutex>
#include <numeric>

#include "features/row_builder.hpp"
#include "features/word_ngrams.hpp"

namespace newsclf {

std::int32_t CountedTokens::add(std::string_view text, std::uint64_t hash, TokenKind kind) {
  const std::int32_t number = texts.insert(text, hash);
  if (static_cast<std::size_t>(number) == of_texts.size()) of_texts.push_back({kind});
  return number;
}

PairTable::Slot& CountedTokens::add(std::uint64_t pair, TokenKind kind) {
  PairTable::Slot& slot = pairs.insert(pair, static_cast<std::int32_t>(of_ngrams.size()));
  if (static_cast<std::size_t>(slot.number) == of_ngrams.size()) of_ngrams.push_back({kind});
  return slot;
}

/// The current document of a part: its row is the end of `numbers` and `counts`.
class OpenRow {
 public:
  OpenRow(std::vector<std::int32_t>& numbers, std::vector<std::uint32_t>& counts)
      : numbers_(numbers), counts_(counts), begin_(numbers.size()) {}

  /// Counts `count` occurrences of `number`. @param place index of the token in the row, if it is
  /// there, or any number
  void add(std::int32_t number, int count, std::uint32_t& place, CountedTokens::Token& token) {
    if (place >= numbers_.size() - begin_ || numbers_[begin_ + place] != number) {
      place = static_cast<std::uint32_t>(numbers_.size() - begin_);
      numbers_.push_back(number);
      counts_.push_back(0);
      ++token.document_frequency;
    }
    counts_[begin_ + place] += static_cast<std::uint32_t>(count);
  }

 private:
  std::vector<std::int32_t>& numbers_;
  std::vector<std::uint32_t>& counts_;
  std::size_t begin_;
};

void CountedPart::count(std::span<const Document> documents, const TextOptions& options) {
  const int longest = std::max(options.max_ngram, options.max_long_ngram);
  Analyzer analyzer(options);
  WordNgrams ngrams;
  std::vector<std::uint64_t> hashes;
  std::vector<std::int32_t> numbers;
  for (const Document& document : documents) {
    const std::span<const TokenOccurrence> occurrences = analyzer.analyze_words(document);
    // The table is larger than the caches: load the slots of all tokens at once.
    hashes.clear();
    for (const TokenOccurrence& occurrence : occurrences)
      hashes.push_back(tokens_.texts.prefetch(occurrence.token));
    OpenRow row(numbers_, counts_);
    numbers.clear();
    std::size_t next_word = 0;
    for (std::size_t o = 0; o < occurrences.size(); ++o) {
      const auto& [text, count, kind] = occurrences[o];
      const std::int32_t number = tokens_.add(text, hashes[o], kind);
      const auto t = static_cast<std::size_t>(number);
      if (t == places_.size()) places_.push_back(0);
      numbers.push_back(number);
      const bool is_word =
          next_word < analyzer.words().size() && analyzer.words()[next_word].occurrence == o;
      next_word += is_word;
      if (!is_word || options.min_ngram == 1)
        row.add(number, count, places_[t], tokens_.of_texts[t]);
    }
    ngrams.set_words(analyzer.words(), numbers);
    ngrams.visit(
        longest, [&](std::uint64_t pair) { tokens_.pairs.prefetch(pair); },
        [&](std::uint64_t pair, int length, const Word& word) {
          const auto kind = length <= options.max_ngram ? TokenKind::kWord : TokenKind::kLongNgram;
          PairTable::Slot& slot = tokens_.add(pair, kind);
          if (length >= options.min_ngram)
            row.add(~slot.number, occurrences[word.occurrence].count, slot.place,
                    tokens_.of_ngrams[static_cast<std::size_t>(slot.number)]);
          return ~slot.number;
        });
    ends_.push_back(numbers_.size());
  }
}

void CountedPart::merge_into(CountedTokens& all) {
  number_of_.texts.resize(tokens_.of_texts.size());
  number_of_.ngrams.resize(tokens_.of_ngrams.size());
  places_ = decltype(places_)();  // {} would keep the memory
  if (all.of_texts.empty()) {
    std::iota(number_of_.texts.begin(), number_of_.texts.end(), 0);
    for (std::size_t n = 0; n < number_of_.ngrams.size(); ++n)
      number_of_.ngrams[n] = ~static_cast<std::int32_t>(n);
    all = std::exchange(tokens_, {});
    return;
  }
  for (std::int32_t t = 0; t < tokens_.texts.size(); ++t) {
    const auto [kind, documents] = tokens_.of_texts[static_cast<std::size_t>(t)];
    const std::string_view text = tokens_.texts.token(t);
    const std::int32_t number = all.add(text, all.texts.prefetch(text), kind);
    all.of_texts[static_cast<std::size_t>(number)].document_frequency += documents;
    number_of_[t] = number;
  }
  tokens_.texts = TokenTable();
  const std::vector<std::uint64_t> pairs = tokens_.pairs.by_number();
  tokens_.pairs = PairTable();
  for (std::size_t n = 0; n < pairs.size(); ++n) {
    // The parts of an n-gram have numbers before it.
    const auto [begin, last] = split_pair_key(pairs[n]);
    const auto [kind, documents] = tokens_.of_ngrams[n];
    const std::int32_t number =
        all.add(make_pair_key(number_of_[begin], number_of_[last]), kind).number;
    all.of_ngrams[static_cast<std::size_t>(number)].document_frequency += documents;
    number_of_.ngrams[n] = ~number;
  }
  tokens_ = {};
}

void CountedPart::renumber(TokenNumbers& columns) {
  for (std::vector<std::int32_t>* numbers : {&number_of_.texts, &number_of_.ngrams})
    for (std::int32_t& number : *numbers) number = columns[number];
  rows.columns.reserve(numbers_.size());
  rows.values.reserve(numbers_.size());
  RowBuilder row;
  std::size_t k = 0;
  for (const std::size_t end : ends_) {
    for (; k < end; ++k)
      if (const std::int32_t column = number_of_[numbers_[k]]; column != Vocabulary::kUnknown)
        row.add(column, counts_[k]);
    row.finish(rows);
  }
  numbers_ = decltype(numbers_)();  // {} would keep the memory
  counts_ = decltype(counts_)();
  number_of_ = {};
}

std::size_t pieces_for(int threads) {
  return threads == 1 ? 1 : 4 * static_cast<std::size_t>(threads);
}

std::vector<std::size_t> divide(std::span<const Document> documents, int threads) {
  const std::size_t pieces = pieces_for(threads);
  std::size_t all = 0;
  for (const Document& document : documents) all += document.text.size() + 1;
  std::vector<std::size_t> bounds{0};
  std::size_t bytes = 0;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    bytes += documents[d].text.size() + 1;
    if (bytes * pieces >= all * bounds.size()) bounds.push_back(d + 1);
  }
  return bounds;
}

CountedDocuments count_tokens(DocumentStream& documents, const TextOptions& options,
                              Workers& workers) {
  CountedDocuments counted;
  counted.parts.resize(static_cast<std::size_t>(workers.threads()));
  std::vector<std::size_t> free_parts(counted.parts.size());
  std::iota(free_parts.begin(), free_parts.end(), std::size_t{0});
  std::mutex mutex;
  documents.rewind();
  for (auto block = documents.next(); !block.empty(); block = documents.next()) {
    const std::vector<std::size_t> bounds = divide(block, workers.threads());
    const std::size_t first_run = counted.runs.size();
    counted.runs.resize(first_run + bounds.size() - 1);
    workers.for_each(bounds.size() - 1, 1, [&](std::size_t p) {
      std::unique_lock lock(mutex);
      const std::size_t number = free_parts.back();
      free_parts.pop_back();
      lock.unlock();
      CountedPart& part = counted.parts[number];
      const std::size_t first = part.size();
      part.count(block.subspan(bounds[p], bounds[p + 1] - bounds[p]), options);
      counted.runs[first_run + p] = {number, first, part.size()};
      lock.lock();
      free_parts.push_back(number);
    });
    counted.documents += block.size();
  }
  for (CountedPart& part : counted.parts) part.merge_into(counted.tokens);
  return counted;
}

}  // namespace newsclf
