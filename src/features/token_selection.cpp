// SPDX-License-Identifier: MIT
#include "features/token_selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

/// The tokens with an accepted document frequency that are not stop words, and their texts.
class Candidates {
 public:
  Candidates(const CountedDocuments& counted, const VocabularyOptions& options)
      : tokens_(counted.tokens),
        stop_words_(options.stop_words.tokens.begin(), options.stop_words.tokens.end()),
        distinct_(counted.unnumbered) {
    const std::array<std::int64_t, kTokenKinds> min_df = least_documents(options);
    const auto documents = static_cast<double>(counted.documents);
    const PerToken<std::uint32_t>& document_frequency = counted.document_frequency;
    for (std::int32_t n = document_frequency.first(); n < document_frequency.end(); ++n) {
      const std::int64_t df = document_frequency[n];
      if (df == 0) continue;
      ++distinct_;
      const TokenKind kind = tokens_[n].kind;
      if (df >= min_df[static_cast<std::size_t>(kind)] &&
          static_cast<double>(df) / documents <= options.max_df)
        add(n, kind, document_frequency[n]);
    }
  }

  RankedTokens& accepted() { return accepted_; }
  /// Number of different tokens in the documents.
  std::size_t distinct() const { return distinct_; }

 private:
  void add(std::int32_t number, TokenKind kind, std::uint32_t document_frequency) {
    text_.clear();
    append_text(number);
    if (stop_words_.empty() || !stop_words_.contains(text_))
      accepted_.add(text_, kind, document_frequency, number);
  }

  void append_text(std::int32_t number) {
    const CountedTokens::Token& token = tokens_[number];
    if (number >= 0) {
      text_ += tokens_.text_of(token);
      return;
    }
    const auto [begin, last] = split_pair_key(token.key);
    append_text(begin);
    text_ += ' ';
    append_text(last);
  }

  const CountedTokens& tokens_;
  std::set<std::string_view> stop_words_;
  RankedTokens accepted_;
  std::string text_;  // of the current token
  std::size_t distinct_;
};

}  // namespace

void refuse_no_token(std::size_t distinct) {
  if (distinct == 0)
    throw Error("training data", "the documents contain no tokens", "check that they contain text");
  throw Error(
      ErrorCode::kNoTokens, "training data",
      fmt::format("the options leave no token in the vocabulary (distinct tokens: {})", distinct));
}

SelectedTokens number_tokens(RankedTokens& tokens) {
  tokens.sort();
  const std::vector<RankedToken>& sorted = tokens.all();
  SelectedTokens selected{TokenTable(sorted.size()), {}, {}, {}};
  selected.document_frequency.reserve(sorted.size());
  constexpr std::size_t kBlock = 64;
  std::array<std::uint64_t, kBlock> hashes;
  for (std::size_t first = 0; first < sorted.size(); first += kBlock) {
    const auto block = std::span(sorted).subspan(first, std::min(kBlock, sorted.size() - first));
    for (std::size_t i = 0; i < block.size(); ++i)
      hashes[i] = selected.table.prefetch(tokens.text(block[i]));
    for (std::size_t i = 0; i < block.size(); ++i) {
      selected.table.insert(tokens.text(block[i]), hashes[i]);
      selected.document_frequency.push_back(block[i].document_frequency());
      ++selected.counts[static_cast<std::size_t>(block[i].kind())];
    }
  }
  return selected;
}

std::array<std::int64_t, kTokenKinds> least_documents(const VocabularyOptions& options) {
  return {std::max(options.min_df, options.min_char_df), options.min_df,
          std::max(options.min_df, options.min_long_df)};
}

SelectedTokens select_tokens(const CountedDocuments& counted, const VocabularyOptions& options) {
  Candidates candidates(counted, options);
  const auto distinct = candidates.distinct();
  if (distinct == 0) refuse_no_token(0);
  RankedTokens& accepted = candidates.accepted();
  if (options.max_features > 0)
    accepted.keep_most_frequent(static_cast<std::size_t>(options.max_features));
  if (accepted.size() == 0) refuse_no_token(distinct);
  SelectedTokens selected = number_tokens(accepted);
  selected.columns = {counted.tokens, Vocabulary::kUnknown};
  std::int32_t column = 0;
  for (const RankedToken& token : accepted.all()) selected.columns[token.number] = column++;
  return selected;
}

}  // namespace newsclf
