// SPDX-License-Identifier: MIT
#include "features/counted_documents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <numeric>

#include "features/row_builder.hpp"
#include "features/shared_parts.hpp"
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

template <typename... Values>
std::size_t memory_of(const std::vector<Values>&... values) {
  return (... + (values.capacity() * sizeof(Values)));
}

std::size_t memory_of(const CountedRows& rows) {
  return memory_of(rows.ends, rows.numbers, rows.counts);
}

/// A row at the end of `rows`.
class OpenRow {
 public:
  explicit OpenRow(CountedRows& rows) : rows_(rows), begin_(rows.numbers.size()) {}

  /// Makes room for `tokens` calls of `add`.
  void make_room(std::size_t tokens) {
    rows_.numbers.resize(begin_ + size_ + tokens + 1);
    rows_.counts.resize(begin_ + size_ + tokens + 1);
  }

  /// Counts `count` occurrences of `number`. @param place index of the token in the row, if it is
  /// there, or any other number
  void add(std::int32_t number, int count, std::uint32_t& place) {
    // Whether a token is new cannot be predicted, so there is no branch.
    std::int32_t* const numbers = rows_.numbers.data() + begin_;
    std::uint32_t* const counts = rows_.counts.data() + begin_;
    numbers[size_] = ~number;  // ends the search
    place = std::min(place, size_);
    const std::uint32_t is_new = numbers[place] != number;
    const std::uint32_t if_old = is_new - 1;  // a mask
    place = (place & if_old) | (size_ & ~if_old);
    numbers[place] = number;
    counts[place] = (counts[place] & if_old) + static_cast<std::uint32_t>(count);
    size_ += is_new;
  }

  void finish() {
    rows_.numbers.resize(begin_ + size_);
    rows_.counts.resize(begin_ + size_);
    rows_.ends.push_back(begin_ + size_);
  }

 private:
  CountedRows& rows_;
  std::size_t begin_;
  std::uint32_t size_ = 0;
};

int longest_ngram(const TextOptions& options) {
  return std::max(options.max_ngram, options.max_long_ngram);
}

TokenKind kind_of_ngram(int length, const TextOptions& options) {
  return length <= options.max_ngram ? TokenKind::kWord : TokenKind::kLongNgram;
}

template <typename Value>
void free_memory(std::vector<Value>& values) {
  std::vector<Value>().swap(values);
}

}  // namespace

void CountedPart::count_texts(std::span<const Document> documents, const TextOptions& options,
                              MemoryBudget& budget) {
  const bool has_ngrams = longest_ngram(options) > 1;
  Analyzer analyzer(options);
  std::vector<std::uint64_t> keys;
  for (const Document& document : documents) {
    OpenRow row(texts_);
    analyzer.for_each_block_of_words(document, [&](std::span<const TokenOccurrence> occurrences) {
      // The tables are larger than the caches: load the slots of all tokens at once.
      keys.clear();
      for (const TokenOccurrence& occurrence : occurrences)
        keys.push_back(tokens_.prefetch(occurrence.token));
      row.make_room(occurrences.size());
      auto word = analyzer.words().begin();
      for (std::size_t o = 0; o < occurrences.size(); ++o) {
        const auto& [text, count, kind] = occurrences[o];
        KeyTable::Slot& slot = tokens_.add(text, keys[o], kind);
        const bool is_word = word != analyzer.words().end() && word->occurrence == o;
        if (!is_word || options.min_ngram == 1) row.add(slot.number, count, slot.place);
        if (!is_word) continue;
        if (has_ngrams) {
          if (word->before == 0) words_.push_back(-count);
          words_.push_back(slot.number);
        }
        ++word;
      }
    });
    row.finish();
    word_ends_.push_back(words_.size());
    report_to(budget);
  }
}

std::size_t CountedTokens::memory() const {
  return memory_of(texts, ngrams, long_slots) + short_texts.memory() + pairs.memory() +
         long_texts.memory();
}

void CountedPart::report_to(MemoryBudget& budget) {
  const std::size_t now = tokens_.memory() + memory_of(texts_) + memory_of(ngrams_) +
                          memory_of(words_, word_ends_, number_of_);
  budget.replace(std::exchange(reported_, now), now);
}

void MemoryBudget::replace(std::size_t before, std::size_t now) {
  if (now == before || (used_ += now - before) <= limit_) return;  // may wrap around, and back
  throw Error(ErrorCode::kTooMuchToCount, "training",
              fmt::format("counting tokens takes more than the {:.1f} MB of memory that the "
                          "documents leave of the limit",
                          static_cast<double>(limit_) / 1e6));
}

void CountedPart::merge_texts(CountedTokens& all) {
  if (all.texts.empty()) {
    all = std::exchange(tokens_, {});
    return;
  }
  tokens_.short_texts = KeyTable();
  number_of_.reserve(tokens_.texts.size());
  for (const CountedTokens::Token& token : tokens_.texts) {
    const std::string_view text = tokens_.text_of(token);
    number_of_.push_back(all.add(text, all.prefetch(text), token.kind).number);
  }
  tokens_ = {};
}

void CountedPart::renumber_texts() {
  if (number_of_.empty()) return;
  for (std::int32_t& number : texts_.numbers) number = number_of_[static_cast<std::size_t>(number)];
  for (std::int32_t& number : words_)
    if (number >= 0) number = number_of_[static_cast<std::size_t>(number)];
  free_memory(number_of_);
}

void CountedPart::sift(PairSieve& sieve) const {
  std::int32_t before = -1;
  for (const std::int32_t number : words_) {
    if (before >= 0 && number >= 0) sieve.add(make_pair_key(before, number));
    before = number;
  }
}

void CountedPart::count_ngrams(const TextOptions& options, const PairSieve* sieve,
                               MemoryBudget& budget) {
  constexpr std::int32_t kUnnumbered = std::numeric_limits<std::int32_t>::min();
  constexpr std::uint64_t kNoPair = ~std::uint64_t{0};
  const int longest = longest_ngram(options);
  WordNgrams ngrams;
  std::size_t w = 0;
  for (const std::size_t end : word_ends_) {
    ngrams.clear();
    OpenRow row(ngrams_);
    row.make_room((end - w) * static_cast<std::size_t>(longest - 1));
    for (int before = 0, count = 0; w < end; ++w) {
      if (words_[w] >= 0) {
        ngrams.add(words_[w], before++, count);
      } else {
        count = -words_[w];
        before = 0;
      }
    }
    ngrams.visit(
        longest,
        [&](std::uint64_t pair, int length) {
          // Which pairs pass cannot be predicted: the others are replaced without a branch.
          const bool begin_is_known = split_pair_key(pair).first != kUnnumbered;
          const bool passes = sieve == nullptr || length > 2 || sieve->passes(pair);
          pair |= static_cast<std::uint64_t>(begin_is_known & passes) - 1;  // kNoPair
          tokens_.pairs.prefetch(pair);
          return pair;
        },
        [&](std::uint64_t pair, int length, int count) {
          if (pair == kNoPair) {
            unnumbered_ += length >= options.min_ngram;
            return kUnnumbered;
          }
          KeyTable::Slot& slot = tokens_.add(pair, kind_of_ngram(length, options));
          const std::int32_t number = ~slot.number;
          if (length >= options.min_ngram) row.add(number, count, slot.place);
          return number;
        });
    row.finish();
    report_to(budget);
  }
  free_words();
}

void CountedPart::free_words() {
  free_memory(words_);
  free_memory(word_ends_);
}

std::size_t CountedPart::merge_ngrams(CountedTokens& all) {
  if (all.ngrams.empty()) {
    all.ngrams = std::exchange(tokens_.ngrams, {});
    all.pairs = std::exchange(tokens_.pairs, KeyTable());
    return unnumbered_;
  }
  tokens_.pairs = KeyTable();
  number_of_.reserve(tokens_.ngrams.size());
  for (const CountedTokens::Token& token : tokens_.ngrams) {
    auto [begin, last] = split_pair_key(token.key);  // the numbers of texts are those of `all`
    if (begin < 0) begin = number_of_[static_cast<std::size_t>(~begin)];
    number_of_.push_back(~all.add(make_pair_key(begin, last), token.kind).number);
  }
  free_memory(tokens_.ngrams);
  return unnumbered_;
}

void CountedPart::renumber_ngrams() {
  if (number_of_.empty()) return;
  for (std::int32_t& number : ngrams_.numbers)
    number = number_of_[static_cast<std::size_t>(~number)];
  free_memory(number_of_);
}

PerToken<std::uint32_t> CountedPart::count_documents(const CountedTokens& all) const {
  PerToken<std::uint32_t> document_frequency(all, 0);
  for (const CountedRows* counted : {&texts_, &ngrams_})
    for (const std::int32_t number : counted->numbers) ++document_frequency[number];
  return document_frequency;
}

namespace {

void pack(const CountedRows& rows, ArrayPacker& packer) {
  packer.add(rows.ends);
  packer.add(rows.numbers);
  packer.add(rows.counts);
}

CountedRows unpack_rows(ArrayUnpacker& arrays) {
  CountedRows rows;
  rows.ends = arrays.take<std::size_t>();
  rows.numbers = arrays.take<std::int32_t>();
  rows.counts = arrays.take<std::uint32_t>();
  return rows;
}

}  // namespace

void CountedPart::pack_texts(ArrayPacker& packer) const {
  std::string texts;
  std::vector<std::uint32_t> sizes;
  std::vector<TokenKind> kinds;
  for (const CountedTokens::Token& token : tokens_.texts) {
    const std::string_view text = tokens_.text_of(token);
    texts += text;
    sizes.push_back(static_cast<std::uint32_t>(text.size()));
    kinds.push_back(token.kind);
  }
  packer.add(texts);
  packer.add(sizes);
  packer.add(kinds);
  pack(texts_, packer);
  packer.add(words_);
  packer.add(word_ends_);
}

void CountedPart::unpack_texts(ArrayUnpacker& arrays) {
  std::vector<char> texts = arrays.take<char>();
  texts.resize(texts.size() + sizeof(std::uint64_t));  // see `pack_text`
  const auto sizes = arrays.take<std::uint32_t>();
  const auto kinds = arrays.take<TokenKind>();
  const char* begin = texts.data();
  for (std::size_t t = 0; t < sizes.size(); ++t) {
    const std::string_view text(begin, sizes[t]);
    tokens_.add(text, tokens_.prefetch(text), kinds[t]);
    begin += sizes[t];
  }
  texts_ = unpack_rows(arrays);
  words_ = arrays.take<std::int32_t>();
  word_ends_ = arrays.take<std::size_t>();
}

void CountedPart::pack_ngrams(ArrayPacker& packer) const {
  packer.add(tokens_.ngrams);
  pack(ngrams_, packer);
  packer.add(std::span(&unnumbered_, 1));
}

void CountedPart::unpack_ngrams(ArrayUnpacker& arrays) {
  for (const CountedTokens::Token& token : arrays.take<CountedTokens::Token>())
    tokens_.add(token.key, token.kind);
  ngrams_ = unpack_rows(arrays);
  unnumbered_ = arrays.take<std::size_t>().at(0);
  free_words();
}

void CountedPart::move_rows(const PerToken<std::int32_t>& columns) {
  rows.columns.reserve(texts_.numbers.size() + ngrams_.numbers.size());
  rows.values.reserve(texts_.numbers.size() + ngrams_.numbers.size());
  RowBuilder row;
  std::size_t begins[] = {0, 0};
  for (std::size_t r = 0; r < size(); ++r) {
    std::size_t* k = begins;
    for (const CountedRows* counted : {&texts_, &ngrams_}) {
      if (counted->ends.empty()) break;    // no n-grams
      for (; *k < counted->ends[r]; ++*k)  // NOLINT(clang-analyzer-core.*): k stays in `begins`
        if (const std::int32_t column = columns[counted->numbers[*k]];
            column != Vocabulary::kUnknown)
          row.add(column, counted->counts[*k]);
      ++k;
    }
    row.finish(rows);
  }
  for (CountedRows* counted : {&texts_, &ngrams_}) {
    free_memory(counted->numbers);
    free_memory(counted->counts);
  }
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

namespace {

/// Counts the n-grams of words in all parts.
void count_ngrams(CountedDocuments& counted, const SharedParts& shared,
                  const VectorizerOptions& options, MemoryBudget& budget, Workers& workers) {
  std::vector<CountedPart>& parts = counted.parts;
  const std::int64_t min_df =
      kind_of_ngram(2, options.text) == TokenKind::kWord
          ? options.vocabulary.min_df
          : std::max(options.vocabulary.min_df, options.vocabulary.min_long_df);
  // Longer n-grams must be in as many documents or more.
  std::vector<PairSieve> sieves;
  if (min_df > 1) {
    std::size_t words = 0;
    for (const CountedPart& part : parts) words += part.words();
    sieves.assign(parts.size(), PairSieve(words));
    workers.for_each(parts.size(), 1, [&](std::size_t p) { parts[p].sift(sieves[p]); });
    for (std::size_t p = 1; p < parts.size(); ++p) sieves[0].merge(sieves[p]);
    sieves.resize(1, PairSieve(0));
  }
  for (CountedPart& part : parts) part.report_to(budget);  // their tokens have moved
  budget.replace(0, counted.tokens.memory());
  workers.for_each(shared.own(), 1, [&](std::size_t p) {
    parts[shared.first() + p].count_ngrams(options.text, sieves.empty() ? nullptr : sieves.data(),
                                           budget);
  });
  shared.exchange(parts, &CountedPart::pack_ngrams, &CountedPart::unpack_ngrams);
  for (CountedPart& part : parts) counted.unnumbered += part.merge_ngrams(counted.tokens);
  workers.for_each(parts.size(), 1, [&](std::size_t p) { parts[p].renumber_ngrams(); });
}

}  // namespace

CountedDocuments count_tokens(DocumentStream& documents, const VectorizerOptions& options,
                              std::size_t max_memory, Workers& workers, ProcessGroup* processes) {
  CountedDocuments counted;
  MemoryBudget budget(max_memory);
  const SharedParts shared(processes, static_cast<std::size_t>(workers.threads()));
  counted.parts.resize(shared.size());
  std::vector<std::size_t> free_parts(shared.own());
  std::iota(free_parts.begin(), free_parts.end(), shared.first());
  // All processes divide the documents alike.
  const int pieces = processes == nullptr ? workers.threads() : 4 * processes->size();
  std::mutex mutex;
  documents.rewind();
  for (auto block = documents.next(); !block.empty(); block = documents.next()) {
    const std::vector<std::size_t> bounds = divide(block, pieces);
    const std::size_t first_run = counted.runs.size();
    counted.runs.resize(first_run + bounds.size() - 1);
    workers.for_each(bounds.size() - 1, 1, [&](std::size_t p) {
      if ((first_run + p) % shared.processes() != shared.rank()) return;
      std::unique_lock lock(mutex);
      const std::size_t number = free_parts.back();
      free_parts.pop_back();
      lock.unlock();
      CountedPart& part = counted.parts[number];
      const std::size_t first = part.size();
      part.count_texts(block.subspan(bounds[p], bounds[p + 1] - bounds[p]), options.text, budget);
      counted.runs[first_run + p] = {number, first, part.size()};
      lock.lock();
      free_parts.push_back(number);
    });
    counted.documents += block.size();
  }
  std::vector<CountedPart>& parts = counted.parts;
  shared.exchange(counted.runs);
  shared.exchange(parts, &CountedPart::pack_texts, &CountedPart::unpack_texts);
  for (CountedPart& part : parts) part.merge_texts(counted.tokens);
  workers.for_each(parts.size(), 1, [&](std::size_t p) { parts[p].renumber_texts(); });
  if (longest_ngram(options.text) > 1) count_ngrams(counted, shared, options, budget, workers);

  std::vector<PerToken<std::uint32_t>> in_parts(parts.size());
  workers.for_each(parts.size(), 1,
                   [&](std::size_t p) { in_parts[p] = parts[p].count_documents(counted.tokens); });
  PerToken<std::uint32_t>& sums = counted.document_frequency = std::move(in_parts[0]);
  for (std::size_t p = 1; p < parts.size(); ++p)
    for (std::int32_t n = sums.first(); n < sums.end(); ++n) sums[n] += in_parts[p][n];
  return counted;
}

}  // namespace newsclf
