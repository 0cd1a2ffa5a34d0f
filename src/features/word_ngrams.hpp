// SPDX-License-Identifier: MIT
// Numbers the n-grams of a document's words from the numbers of the words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "features/key_table.hpp"
#include "newsclf/features/analyzer.hpp"

namespace newsclf {

/// The words of a document and their numbers. Memory is reused from document to document.
class WordNgrams {
 public:
  /// @param numbers one per occurrence
  void set_words(std::span<const Word> words, std::span<const std::int32_t> numbers) {
    words_ = words;
    numbers_.clear();
    for (const Word& word : words) numbers_.push_back(numbers[word.occurrence]);
  }

  /// Calls `number_of(pair, length, word)` for every n-gram of 2 to `longest` words, shorter ones
  /// first: its key as in `KeyTable`, its length in words and its last word. Calls
  /// `prefetch(pair)` some time before.
  template <typename Prefetch, typename NumberOf>
  void visit(int longest, const Prefetch& prefetch, const NumberOf& number_of) {
    ends_ = numbers_;
    pairs_.resize(numbers_.size());
    for (int length = 2; length <= longest; ++length) {
      for (std::size_t w = 0; w < words_.size(); ++w) {
        if (words_[w].before < length - 1) continue;
        pairs_[w] = make_pair_key(ends_[w - 1], numbers_[w]);
        prefetch(pairs_[w]);
      }
      for (std::size_t w = 0; w < words_.size(); ++w)
        if (words_[w].before >= length - 1) ends_[w] = number_of(pairs_[w], length, words_[w]);
    }
  }

 private:
  std::span<const Word> words_;
  std::vector<std::int32_t> numbers_;  // of the words
  std::vector<std::int32_t> ends_;     // of the n-grams that end with each word
  std::vector<std::uint64_t> pairs_;
};

}  // namespace newsclf
