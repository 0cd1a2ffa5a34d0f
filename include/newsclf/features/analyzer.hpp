// SPDX-License-Identifier: MIT
// Converts a document to tokens: post structure, words, n-grams of words and of characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/text/tokenizer.hpp"

namespace newsclf {

/// Options that determine the tokens of a document; saved with the model. The post options have no
/// effect on documents that are not posts (see `parse_post`).
struct TextOptions {
  bool post_headers = true;    ///< include the header block of posts
  bool strip_quotes = false;   ///< remove lines that quote another post
  bool strip_footers = false;  ///< remove the signature of posts
  int subject_weight = 5;      ///< count the subject of a post this many more times; 0: none
  bool keep_case = false;      ///< distinguish `Space` from `space`
  TokenPattern token_pattern = TokenPattern::kText;  ///< which characters form a token
  int min_script_ngram = 1;  ///< `kText`: shortest n-gram of a run in a script without spaces
  int max_script_ngram = 3;  ///< longest n-gram of such a run, in characters
  int min_ngram = 1;         ///< shortest n-gram of tokens
  int max_ngram = 1;         ///< longest n-gram of tokens
  int min_char_ngram = 0;    ///< shortest n-gram of characters within a token; 0: none
  int max_char_ngram = 0;    ///< longest n-gram of characters
  /// Longest n-gram of tokens of the kind `kLongNgram`, which only some members of an ensemble
  /// read; up to `max_ngram`: none.
  int max_long_ngram = 0;
  /// The columns that were joined to the text of records in training, if they were named; used for
  /// later input too.
  std::vector<TextColumn> columns = {};
};

/// The kinds of tokens, in the order of their columns.
enum class TokenKind : std::uint8_t {
  kCharNgram,  ///< an n-gram of characters
  kWord,       ///< a token of the tokenizer, or an n-gram of up to `max_ngram` of them
  kLongNgram,  ///< an n-gram of more than `max_ngram` tokens
};
inline constexpr std::size_t kTokenKinds = 3;

/// One occurrence of a token in a document, and how many times it counts.
struct TokenOccurrence {
  std::string_view token;  ///< 8 bytes can be read from its begin, even if it is shorter
  int count;
  TokenKind kind;
};

/// Positions of the occurrences in the text. A word is a token of the tokenizer; an n-gram of
/// tokens consists of several words, an n-gram of characters is a part of one word.
struct TokenPlaces {
  /// Consecutive words of the document.
  struct Run {
    std::size_t first;
    std::size_t count;
  };
  std::vector<TextSpan> words;  ///< in `Document::text`; words of a subject occur twice
  std::vector<Run> runs;        ///< the words of each occurrence
};

/// A token of the tokenizer that may be a part of n-grams of tokens.
struct Word {
  std::size_t occurrence;  ///< index of its own occurrence, in the block
  int before;  ///< number of words directly before it that may be in the same n-gram as it
};

/// Converts documents to tokens, in the same way for training and prediction.
///
/// The tokens of an n-gram are joined by one space, and n-grams do not cross parts of the document;
/// an n-gram of characters begins with a space, with `<` and `>` marking the ends of the token. A
/// run in a script without spaces has n-grams of its own, as long as it if it is shorter than they
/// are, and is part of no other. Tokens of a weighted part of the text count as often as the part.
/// A text longer than `kLongestPiece` is divided into pieces before white space, or before any
/// character if there is none, and no token or n-gram crosses a division.
class Analyzer {
 public:
  /// Uses some of the occurrences of a document; the views are valid during the call.
  using UseBlock = std::function<void(std::span<const TokenOccurrence>)>;

  /// Bytes of a text whose tokens are in memory together.
  static constexpr std::size_t kLongestPiece = std::size_t{1} << 18;

  explicit Analyzer(const TextOptions& options) : options_(options) {}

  /// Returns all occurrences in `document`; the views are valid until the next call.
  /// @param places receives the position of each occurrence, unless null
  std::span<const TokenOccurrence> analyze(const Document& document, TokenPlaces* places = nullptr);

  /// Calls `use` with the same occurrences, in order, in blocks: memory does not grow with the
  /// length of the document.
  void for_each_block(const Document& document, const UseBlock& use);

  /// The same, except that there are no n-grams of several words: see `words`. All words are
  /// included, even if `min_ngram` is more than 1.
  void for_each_block_of_words(const Document& document, const UseBlock& use);
  /// The words of the block that `for_each_block_of_words` passes, in order. An n-gram of them is
  /// the text from the begin of the first to the end of the last one.
  std::span<const Word> words() const { return words_; }

 private:
  void use_blocks(const Document& document, bool only_words, const UseBlock& use);
  void add_document(const Document& document);
  /// Adds the tokens of `stretches`, joined to one text.
  void add_text(const Document& document, std::span<const std::string_view> stretches, int count);
  /// Returns a tokenizer whose views into the current block stay valid.
  Tokenizer& next_tokenizer();
  void begin_block();
  /// Passes the occurrences to `use_` and begins the next block.
  void finish_block();
  void add_tokens(std::span<const std::string_view> tokens, int count);
  /// Adds the n-grams of the run that begins with the token `first`; returns the end of the run.
  std::size_t add_run(std::span<const std::string_view> tokens, std::size_t first, int count);
  /// Adds `tokens`, consecutive tokens of the text. @param first index of the first of them
  void add_ngram(std::span<const std::string_view> tokens, std::size_t first, int count,
                 TokenKind kind = TokenKind::kWord);
  void add_char_ngrams(std::string_view token, int count);
  std::string_view keep(std::string_view text);

  TextOptions options_;
  const UseBlock* use_ = nullptr;            // null: all occurrences are in one block
  std::deque<Tokenizer> tokenizers_;         // one per piece in the block: all views stay valid
  std::size_t used_tokenizers_ = 0;          // in the block
  std::vector<std::string_view> stretches_;  // of the document; joined to one text
  std::string joined_;                       // that text, if there are several stretches
  std::vector<TokenOccurrence> occurrences_;
  std::string marked_;               // the current token, with its marks
  std::vector<std::size_t> starts_;  // of its characters, then its end
  std::deque<std::string> kept_;     // texts stored by `keep`, in blocks that never move
  bool only_words_ = false;          // n-grams of several words are left to the caller
  std::vector<Word> words_;          // only under `only_words_`
  TokenPlaces* places_ = nullptr;    // null if not requested
  std::vector<TextSpan> spans_;      // positions of the tokens in the current text
  std::size_t first_word_ = 0;       // index of the first word of that text in the document
};

}  // namespace newsclf
