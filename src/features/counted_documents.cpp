// SPDX-License-Identifier: MIT
#include "features/counted_documents.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <numeric>

#include "features/row_builder.hpp"
#include "features/word_ngrams.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {

namespace {

/// The number of the next token.
std::int32_t next_number(const std::vector<CountedTokens::Token>& tokens) {
  if (tokens.size() >= std::numeric_limits<std::int32_t>::max())
    throw Error(ErrorCode::kTooManyTokens, "vocabulary", "more than 2^31 distinct tokens");
  return static_cast<std::int32_t>(tokens.size());
}

}  // namespace

std::uint64_t CountedTokens::prefetch(std::string_view text) const {
  if (text.size() > kLongestPacked) return long_texts.prefetch(text);
  const std::uint64_t key = pack_text(text);
  short_texts.prefetch(key);
  return key;
}

KeyTable::Slot& CountedTokens::add(std::string_view text, std::uint64_t key, TokenKind kind) {
  const std::int32_t next = next_number(texts);
  if (text.size() <= kLongestPacked) {
    KeyTable::Slot& slot = short_texts.insert(key, next);
    if (slot.number == next) texts.push_back({key, kind});
    return slot;
  }
  const auto number = static_cast<std::size_t>(long_texts.insert(text, key));
  if (number == long_slots.size()) {
    long_slots.push_back({0, next, 0});
    texts.push_back({number, kind, true});
  }
  return long_slots[number];
}

KeyTable::Slot& CountedTokens::add(std::uint64_t pair, TokenKind kind) {
  const std::int32_t next = next_number(ngrams);
  KeyTable::Slot& slot = pairs.insert(pair, next);
  if (slot.number == next) ngrams.push_back({pair, kind});
  return slot;
}

namespace {

/// The row of the current document: the end of `numbers` and `counts`.
class OpenRow {
 public:
  /// @param size most tokens of the row
  OpenRow(std::vector<std::int32_t>& numbers, std::vector<std::uint32_t>& counts, std::size_t size)
      : numbers_(numbers), counts_(counts), begin_(numbers.size()) {
    numbers_.resize(begin_ + size + 1);
    counts_.resize(begin_ + size + 1);
  }
  /// Counts `count` occurrences of `number`. @param place index of the token in the row, if it is
  /// there, or any other number
  void add(std::int32_t number, int count, std::uint32_t& place) {
    // Whether a token is new cannot be predicted, so there is no branch.
    std::int32_t* const numbers = numbers_.data() + begin_;
    std::uint32_t* const counts = counts_.data() + begin_;
    numbers[size_] = ~number;  // ends the search
    place = std::min(place, size_);
    const std::uint32_t is_new = numbers[place] != number;
    const std::uint32_t if_old = is_new - 1;  // a mask
    place = (place & if_old) | (size_ & ~if_old);
    numbers[place] = number;
    counts[place] = (counts[place] & if_old) + static_cast<std::uint32_t>(count);
    size_ += is_new;
  }

  /// Returns the end of the row.
  std::size_t finish() {
    numbers_.resize(begin_ + size_);
    counts_.resize(begin_ + size_);
    return numbers_.size();
  }

 private:
  std::vector<std::int32_t>& numbers_;
  std::vector<std::uint32_t>& counts_;
  std::size_t begin_;
  std::uint32_t size_ = 0;
};

}  // namespace

void CountedPart::count(std::span<const Document> documents, const TextOptions& options) {
  const int longest = std::max(options.max_ngram, options.max_long_ngram);
  Analyzer analyzer(options);
  WordNgrams ngrams;
  std::vector<std::uint64_t> keys;
  std::vector<std::int32_t> numbers;
  for (const Document& document : documents) {
    const std::span<const TokenOccurrence> occurrences = analyzer.analyze_words(document);
    // The tables are larger than the caches: load the slots of all tokens at once.
    keys.clear();
    for (const TokenOccurrence& occurrence : occurrences)
      keys.push_back(tokens_.prefetch(occurrence.token));
    OpenRow row(numbers_, counts_,
                occurrences.size() + analyzer.words().size() * static_cast<std::size_t>(longest));
    numbers.clear();
    std::size_t next_word = 0;
    for (std::size_t o = 0; o < occurrences.size(); ++o) {
      const auto& [text, count, kind] = occurrences[o];
      KeyTable::Slot& slot = tokens_.add(text, keys[o], kind);
      numbers.push_back(slot.number);
      const bool is_word =
          next_word < analyzer.words().size() && analyzer.words()[next_word].occurrence == o;
      next_word += is_word;
      if (!is_word || options.min_ngram == 1) row.add(slot.number, count, slot.place);
    }
    ngrams.set_words(analyzer.words(), numbers);
    ngrams.visit(
        longest, [&](std::uint64_t pair) { tokens_.pairs.prefetch(pair); },
        [&](std::uint64_t pair, int length, const Word& word) {
          const auto kind = length <= options.max_ngram ? TokenKind::kWord : TokenKind::kLongNgram;
          KeyTable::Slot& slot = tokens_.add(pair, kind);
          const std::int32_t number = ~slot.number;
          if (length >= options.min_ngram)
            row.add(number, occurrences[word.occurrence].count, slot.place);
          return number;
        });
    ends_.push_back(row.finish());
  }
}

void CountedPart::count_documents() {
  document_frequency_ = {tokens_, 0};
  for (const std::int32_t number : numbers_) ++document_frequency_[number];
}

void CountedPart::merge_into(CountedTokens& all) {
  number_of_ = {tokens_, 0};
  if (all.texts.empty()) {
    for (std::int32_t n = number_of_.first(); n < number_of_.end(); ++n) number_of_[n] = n;
    all = std::exchange(tokens_, {});
    return;
  }
  tokens_.short_texts = tokens_.pairs = KeyTable();
  for (std::size_t t = 0; t < tokens_.texts.size(); ++t) {
    const CountedTokens::Token& token = tokens_.texts[t];
    const std::string_view text = tokens_.text_of(token);
    number_of_[static_cast<std::int32_t>(t)] = all.add(text, all.prefetch(text), token.kind).number;
  }
  for (std::size_t n = 0; n < tokens_.ngrams.size(); ++n) {
    const CountedTokens::Token& token = tokens_.ngrams[n];
    const auto [begin, last] = split_pair_key(token.key);  // their numbers are already known
    number_of_[~static_cast<std::int32_t>(n)] =
        ~all.add(make_pair_key(number_of_[begin], number_of_[last]), token.kind).number;
  }
  tokens_ = {};
}

void CountedPart::add_documents(PerToken<std::uint32_t>& all) {
  for (std::int32_t n = number_of_.first(); n < number_of_.end(); ++n)
    all[number_of_[n]] += document_frequency_[n];
  document_frequency_ = {};
}

void CountedPart::renumber(const PerToken<std::int32_t>& columns) {
  for (std::int32_t n = number_of_.first(); n < number_of_.end(); ++n)
    number_of_[n] = columns[number_of_[n]];
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
  workers.for_each(counted.parts.size(), 1,
                   [&](std::size_t p) { counted.parts[p].count_documents(); });
  for (CountedPart& part : counted.parts) part.merge_into(counted.tokens);
  counted.document_frequency = {counted.tokens, 0};
  for (CountedPart& part : counted.parts) part.add_documents(counted.document_frequency);
  return counted;
}

}  // namespace newsclf
