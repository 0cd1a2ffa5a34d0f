// SPDX-License-Identifier: MIT
#include "newsclf/features/vocabulary.hpp"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "newsclf/error/error.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kBlock = 64;  // tokens whose memory is loaded at once

std::uint64_t hash_of(std::string_view token) { return XXH3_64bits(token.data(), token.size()); }

/// @param offsets any integers
std::string_view slice(std::span<const char> bytes, const auto& offsets, std::int32_t column) {
  const auto c = static_cast<std::size_t>(column);
  return {bytes.data() + offsets[c], static_cast<std::size_t>(offsets[c + 1] - offsets[c])};
}

}  // namespace

TokenTable::TokenTable(std::size_t tokens) : index_(std::max<std::size_t>(tokens, 512)) {
  offsets_.reserve(tokens + 1);
}

std::string_view TokenTable::token(std::int32_t number) const {
  return slice(bytes_, offsets_, number);
}

std::uint64_t TokenTable::prefetch(std::string_view token) const {
  const std::uint64_t hash = hash_of(token);
  index_.prefetch(hash);
  return hash;
}

std::int32_t TokenTable::insert(std::string_view text, std::uint64_t hash) {
  const std::int32_t number = size();
  if (static_cast<std::size_t>(number) == index_.room()) grow();
  const std::int32_t found =
      index_.insert(hash, number, [&](std::int32_t other) { return token(other) == text; });
  if (found != number) return found;

  if (number == std::numeric_limits<std::int32_t>::max() - 1)
    throw Error(ErrorCode::kTooManyTokens, "vocabulary", "more than 2^31 distinct tokens");
  bytes_.append(text);
  offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
  return number;
}

void TokenTable::grow() {
  index_ = TokenIndex(2 * index_.room());
  for (std::int32_t number = 0; number < size(); ++number)
    index_.insert(hash_of(token(number)), number, [](std::int32_t) { return false; });
}

Vocabulary::Vocabulary(TokenTable table) {
  struct Frozen {
    TokenTable table;
    std::vector<std::uint32_t> offsets;
  };
  if (table.bytes_.size() > std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorCode::kTooManyTokens, "vocabulary", "more than 4 GiB of distinct tokens");
  auto frozen = std::make_shared<Frozen>();
  frozen->offsets.assign(table.offsets_.begin(), table.offsets_.end());
  table.offsets_ = {};
  frozen->table = std::move(table);
  bytes_ = frozen->table.bytes_;
  offsets_ = frozen->offsets;
  index_ = {frozen, &frozen->table.index_};
  owner_ = std::move(frozen);
}

Vocabulary::Vocabulary(std::span<const char> bytes, std::span<const std::uint32_t> offsets,
                       std::shared_ptr<const void> owner)
    : bytes_(bytes), offsets_(offsets), owner_(std::move(owner)) {}

std::int32_t Vocabulary::find(std::string_view token) const {
  std::int32_t column = kUnknown;
  find({&token, 1}, {&column, 1});
  return column;
}

void Vocabulary::find(std::span<const std::string_view> tokens,
                      std::span<std::int32_t> columns) const {
  if (index_ == nullptr) {
    std::ranges::fill(columns, kUnknown);
    return;
  }
  std::array<std::uint64_t, kBlock> hashes;
  for (std::size_t first = 0; first < tokens.size(); first += kBlock) {
    const auto block = tokens.subspan(first, std::min(kBlock, tokens.size() - first));
    std::int32_t* const found = columns.data() + first;
    for (std::size_t t = 0; t < block.size(); ++t) {
      hashes[t] = hash_of(block[t]);
      index_->prefetch(hashes[t]);
    }
    for (std::size_t t = 0; t < block.size(); ++t) {
      found[t] = index_->find(hashes[t], [](std::int32_t) { return true; });
      __builtin_prefetch(offsets_.data() + std::max(found[t], 0));
    }
    for (std::size_t t = 0; t < block.size(); ++t)
      __builtin_prefetch(bytes_.data() + offsets_[static_cast<std::size_t>(std::max(found[t], 0))]);
    const auto is_it = [&](std::size_t t, std::int32_t column) {
      return slice(bytes_, offsets_, column) == block[t];
    };
    for (std::size_t t = 0; t < block.size(); ++t)
      if (found[t] != kUnknown && !is_it(t, found[t]))
        found[t] = index_->find(hashes[t], [&](std::int32_t column) { return is_it(t, column); });
  }
}

std::string_view Vocabulary::token(std::int32_t column) const {
  return slice(bytes_, offsets_, column);
}

std::string Vocabulary::build_index() {
  if (offsets_.size() < 2 || offsets_.size() > std::numeric_limits<std::int32_t>::max())
    return fmt::format("invalid number of offsets: {}", offsets_.size());
  if (offsets_.front() != 0) return fmt::format("the first offset is {}, not 0", offsets_.front());
  if (offsets_.back() != bytes_.size())
    return fmt::format("the last offset is {}, but the number of bytes is {}", offsets_.back(),
                       bytes_.size());
  bool rise = true;  // the first loop is vectorized
  for (std::size_t c = 0; c + 1 < offsets_.size(); ++c) rise &= offsets_[c] < offsets_[c + 1];
  for (std::size_t c = 0; !rise && c + 1 < offsets_.size(); ++c)
    if (offsets_[c] >= offsets_[c + 1])
      return fmt::format("token {} has no bytes: offsets {} and {}", c, offsets_[c],
                         offsets_[c + 1]);

  // All tokens end at character boundaries if all bytes are well-formed and no token begins with a
  // continuation byte.
  if (const auto bad = find_invalid_utf8({bytes_.data(), bytes_.size()}); bad != std::string::npos)
    return fmt::format("byte {} is not UTF-8", bad);

  const auto index = std::make_shared<TokenIndex>(static_cast<std::size_t>(size()));
  std::array<std::uint64_t, kBlock> hashes;
  for (std::int32_t first = 0; first < size(); first += kBlock) {
    const std::int32_t last = std::min(first + static_cast<std::int32_t>(kBlock), size());
    for (std::int32_t c = first; c < last; ++c) {
      const std::string_view text = slice(bytes_, offsets_, c);
      if (continues_character(text.front()))
        return fmt::format("token {} begins inside a character", c);
      std::uint64_t& hash = hashes[static_cast<std::size_t>(c - first)] = hash_of(text);
      index->prefetch(hash);
    }
    for (std::int32_t c = first; c < last; ++c) {
      const auto equals = [&](std::int32_t other) {
        return slice(bytes_, offsets_, other) == slice(bytes_, offsets_, c);
      };
      if (index->insert(hashes[static_cast<std::size_t>(c - first)], c, equals) != c)
        return fmt::format("token {} appears twice", c);
    }
  }
  index_ = index;
  return {};
}

}  // namespace newsclf
