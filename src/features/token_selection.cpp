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

struct Candidate {
  std::uint64_t rank;    // kinds ascend, then document frequencies fall
  std::uint64_t prefix;  // of the text
  std::int32_t number;   // among the tokens that were counted
  std::uint32_t text;    // index in `Candidates`

  std::uint32_t rank_in_kind() const { return static_cast<std::uint32_t>(rank); }
  TokenKind kind() const { return static_cast<TokenKind>(rank >> 32); }
};

std::uint64_t rank_of(TokenKind kind, std::uint32_t document_frequency) {
  return static_cast<std::uint64_t>(kind) << 32 | ~document_frequency;
}

/// Packs the first eight bytes into a number that sorts like the bytes.
std::uint64_t prefix_of(std::string_view token) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < sizeof prefix; ++i)
    prefix = prefix << 8 | (i < token.size() ? static_cast<unsigned char>(token[i]) : 0u);
  return prefix;
}

/// The tokens with an accepted document frequency that are not stop words, and their texts.
class Candidates {
 public:
  Candidates(const CountedDocuments& counted, const VocabularyOptions& options)
      : tokens_(counted.tokens),
        stop_words_(options.stop_words.tokens.begin(), options.stop_words.tokens.end()),
        distinct_(counted.unnumbered) {
    const std::int64_t min_df[kTokenKinds] = {std::max(options.min_df, options.min_char_df),
                                              options.min_df,
                                              std::max(options.min_df, options.min_long_df)};
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

  /// Returns the candidates in the order of their columns. @param limit most of them; 0: all
  std::vector<Candidate> sorted(std::size_t limit) && {
    if (limit > 0 && all_.size() > limit) {
      std::ranges::nth_element(all_, all_.begin() + static_cast<std::ptrdiff_t>(limit),
                               [&](const Candidate& a, const Candidate& b) {
                                 return is_before(a, a.rank_in_kind(), b, b.rank_in_kind());
                               });
      all_.resize(limit);
    }
    std::ranges::sort(all_, [&](const Candidate& a, const Candidate& b) {
      return is_before(a, a.rank, b, b.rank);
    });
    return std::move(all_);
  }

  std::string_view text(const Candidate& candidate) const {
    const std::size_t begin = ends_[candidate.text];
    return std::string_view(texts_).substr(begin, ends_[candidate.text + 1] - begin);
  }
  /// Number of different tokens in the documents.
  std::size_t distinct() const { return distinct_; }

 private:
  void add(std::int32_t number, TokenKind kind, std::uint32_t document_frequency) {
    const std::size_t begin = texts_.size();
    append_text(number);
    const auto text = std::string_view(texts_).substr(begin);
    if (!stop_words_.empty() && stop_words_.contains(text)) {
      texts_.resize(begin);
      return;
    }
    all_.push_back({rank_of(kind, document_frequency), prefix_of(text), number,
                    static_cast<std::uint32_t>(all_.size())});
    ends_.push_back(texts_.size());
  }

  bool is_before(const Candidate& a, std::uint64_t rank_of_a, const Candidate& b,
                 std::uint64_t rank_of_b) const {
    // One comparison of all 16 bytes, whose result cannot be predicted.
    const auto key_a = static_cast<unsigned __int128>(rank_of_a) << 64 | a.prefix;
    const auto key_b = static_cast<unsigned __int128>(rank_of_b) << 64 | b.prefix;
    return key_a != key_b ? key_a < key_b : text(a) < text(b);
  }

  void append_text(std::int32_t number) {
    const CountedTokens::Token& token = tokens_[number];
    if (number >= 0) {
      texts_ += tokens_.text_of(token);
      return;
    }
    const auto [begin, last] = split_pair_key(token.key);
    append_text(begin);
    texts_ += ' ';
    append_text(last);
  }

  const CountedTokens& tokens_;
  std::set<std::string_view> stop_words_;
  std::vector<Candidate> all_;
  std::string texts_;
  std::vector<std::size_t> ends_{0};  // of the text of each candidate
  std::size_t distinct_;
};

}  // namespace

SelectedTokens select_tokens(const CountedDocuments& counted, const VocabularyOptions& options) {
  Candidates candidates(counted, options);
  const auto distinct = candidates.distinct();
  if (distinct == 0)
    throw Error("training data", "the documents contain no tokens", "check that they contain text");
  const std::vector<Candidate> sorted =
      std::move(candidates).sorted(static_cast<std::size_t>(options.max_features));
  if (sorted.empty())
    throw Error(ErrorCode::kNoTokens, "training data",
                fmt::format("the options leave no token in the vocabulary (distinct tokens: {})",
                            distinct));
  SelectedTokens selected{TokenTable(sorted.size()), {}, {}, {}};
  selected.columns = {counted.tokens, Vocabulary::kUnknown};
  selected.document_frequency.reserve(sorted.size());
  constexpr std::size_t kBlock = 64;
  std::array<std::uint64_t, kBlock> hashes;
  for (std::size_t first = 0; first < sorted.size(); first += kBlock) {
    const auto block = std::span(sorted).subspan(first, std::min(kBlock, sorted.size() - first));
    for (std::size_t i = 0; i < block.size(); ++i)
      hashes[i] = selected.table.prefetch(candidates.text(block[i]));
    for (std::size_t i = 0; i < block.size(); ++i) {
      const Candidate& candidate = block[i];
      selected.columns[candidate.number] =
          selected.table.insert(candidates.text(candidate), hashes[i]);
      selected.document_frequency.push_back(static_cast<std::uint32_t>(~candidate.rank_in_kind()));
      ++selected.counts[static_cast<std::size_t>(candidate.kind())];
    }
  }
  return selected;
}

}  // namespace newsclf
