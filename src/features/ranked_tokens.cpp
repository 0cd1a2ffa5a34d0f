// SPDX-License-Identifier: MIT
#include "features/ranked_tokens.hpp"

#include <algorithm>
#include <utility>

namespace newsclf {
namespace {

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

}  // namespace

void RankedTokens::add(std::string_view text, TokenKind kind, std::uint32_t document_frequency,
                       std::int32_t number) {
  all_.push_back({rank_of(kind, document_frequency), prefix_of(text), number,
                  static_cast<std::uint32_t>(ends_.size() - 1)});
  texts_ += text;
  ends_.push_back(texts_.size());
}

std::size_t RankedTokens::memory() const {
  return all_.capacity() * sizeof all_[0] + texts_.capacity() + ends_.capacity() * sizeof ends_[0];
}

void RankedTokens::keep_most_frequent(std::size_t limit) {
  if (all_.size() <= limit) return;
  std::ranges::nth_element(all_, all_.begin() + static_cast<std::ptrdiff_t>(limit),
                           [&](const RankedToken& a, const RankedToken& b) {
                             return is_before(a, a.rank_in_kind(), b, b.rank_in_kind());
                           });
  all_.resize(limit);
}

void RankedTokens::compact() {
  RankedTokens kept;
  for (const RankedToken& token : all_)
    kept.add(text(token), token.kind(), token.document_frequency(), token.number);
  *this = std::move(kept);
}

void RankedTokens::sort() {
  std::ranges::sort(all_, [&](const RankedToken& a, const RankedToken& b) {
    return is_before(a, a.rank, b, b.rank);
  });
}

bool RankedTokens::is_before(const RankedToken& a, std::uint64_t rank_of_a, const RankedToken& b,
                             std::uint64_t rank_of_b) const {
  // One comparison of all 16 bytes, whose result cannot be predicted.
  const auto key_a = static_cast<unsigned __int128>(rank_of_a) << 64 | a.prefix;
  const auto key_b = static_cast<unsigned __int128>(rank_of_b) << 64 | b.prefix;
  return key_a != key_b ? key_a < key_b : text(a) < text(b);
}

}  // namespace newsclf
