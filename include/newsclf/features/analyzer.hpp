// SPDX-License-Identifier: MIT
// From a document to the tokens that count for it: post structure, tokens, n-grams of tokens and of
// their characters.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/text/tokenizer.hpp"

namespace newsclf {

/// What shapes the tokens of a document; saved with the model. The options on posts have no effect
/// on a document that is not a post (see `parse_post`).
struct TextOptions {
  bool post_headers = true;    ///< read the header block of posts as text
  bool strip_quotes = false;   ///< leave out lines that quote another post
  bool strip_footers = false;  ///< leave out the signature of a post
  int subject_weight = 5;      ///< count a post's subject this many more times; 0: not again
  bool keep_case = false;      ///< tell `Space` from `space`
  TokenPattern token_pattern = TokenPattern::kWords;  ///< what a token is made of
  int min_ngram = 1;       ///< shortest run of neighbouring tokens that counts as a token
  int max_ngram = 1;       ///< longest such run
  int min_char_ngram = 0;  ///< shortest run of characters in a token that counts as one; 0: none
  int max_char_ngram = 0;  ///< longest such run
  /// Columns that the text of records was put together from in training, where they were named;
  /// what is read later is put together likewise.
  std::vector<TextColumn> columns = {};
};

/// A token of a document, and how many times this occurrence counts.
struct TokenOccurrence {
  std::string_view token;
  int count;
};

/// Where the occurrences of a document stand in its text. A word is what the tokenizer took for a
/// token; an n-gram of tokens is made of several, one of characters of a part of one.
struct TokenPlaces {
  /// Words of the document that follow each other.
  struct Run {
    std::size_t first;
    std::size_t count;
  };
  std::vector<TextSpan> words;  ///< in `Document::text`; those of a subject come once more
  std::vector<Run> runs;        ///< for each occurrence the words that it is made of
};

/// Analyses documents one after the other; the same in training and in prediction.
class Analyzer {
 public:
  explicit Analyzer(const TextOptions& options) : options_(options) {}

  /// The occurrences in `document`. A token of a weighted part of the text counts as often as the
  /// part, and no n-gram reaches from one part into another. An n-gram of tokens is spelt with one
  /// space between; one of characters with a space before it, and `<` and `>` where the token
  /// begins and ends. The views hold until the next call.
  /// @param places becomes where each occurrence stands; null: nobody asks
  std::span<const TokenOccurrence> analyze(const Document& document, TokenPlaces* places = nullptr);

 private:
  /// Adds what `stretches` of the document hold, read as one text. @param text its number
  void add_text(std::size_t text, const Document& document,
                std::span<const std::string_view> stretches, int count);
  void add_tokens(std::span<const std::string_view> tokens, int count);
  void add_char_ngrams(std::string_view token, int count);
  std::string_view keep(std::string_view text);

  TextOptions options_;
  std::deque<Tokenizer> tokenizers_;  // one a text: its views hold as long as those of others
  std::vector<std::string_view> stretches_;  // of the document, that are read as one text
  std::string joined_;                       // that text, where there are several
  std::vector<TokenOccurrence> occurrences_;
  std::string marked_;               // the token at hand, with its marks
  std::vector<std::size_t> starts_;  // of its characters, and its end
  std::deque<std::string> kept_;     // what `keep` was given, in blocks that never move
  TokenPlaces* places_ = nullptr;    // null where nobody asks for them
  std::vector<TextSpan> spans_;      // where the tokens of the text at hand stand in it
  std::size_t first_word_ = 0;       // of that text, among those of the document
};

}  // namespace newsclf
