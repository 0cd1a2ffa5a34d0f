// SPDX-License-Identifier: MIT
// Numbers the n-grams of a document's words from the numbers of the words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "features/key_table.hpp"

namespace newsclf {

/// The words of a document. Memory is reused from document to document. Call order:
/// `(clear add* visit)*`.
class WordNgrams {
 public:
  void clear() { words_.clear(); }
  /// @param before number of words before it that may be in the same n-gram
  void add(std::int32_t number, int before, int count) {
    words_.push_back({number, before, count});
  }

  /// Visits every n-gram of 2 to `longest` words, shorter ones first: calls `prepare(pair, length)`
  /// with its key as in `KeyTable` and its length in words, then, after it did so for others,
  /// `number_of(prepared, length, count)` with what it returned and how many times the n-gram
  /// counts.
  template <typename Prepare, typename NumberOf>
  void visit(int longest, const Prepare& prepare, const NumberOf& number_of) {
    ends_.clear();
    for (const Word& word : words_) ends_.push_back(word.number);
    pairs_.resize(words_.size());
    for (int length = 2; length <= longest; ++length) {
      for (std::size_t w = 0; w < words_.size(); ++w)
        if (words_[w].before >= length - 1)
          pairs_[w] = prepare(make_pair_key(ends_[w - 1], words_[w].number), length);
      for (std::size_t w = 0; w < words_.size(); ++w)
        if (words_[w].before >= length - 1)
          ends_[w] = number_of(pairs_[w], length, words_[w].count);
    }
  }

 private:
  struct Word {
    std::int32_t number;
    int before, count;
  };
  std::vector<Word> words_;
  std::vector<std::int32_t> ends_;  // of the n-grams that end with each word
  std::vector<std::uint64_t> pairs_;
};

}  // namespace newsclf
