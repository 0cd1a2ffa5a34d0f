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

constexpr std::int64_t kFree = 0;
constexpr std::uint64_t kHighHalf = 0xFFFFFFFF00000000u;

std::uint64_t hash_of(std::string_view token) { return XXH3_64bits(token.data(), token.size()); }

std::int64_t make_slot(std::uint64_t hash, std::int32_t column) {
  return static_cast<std::int64_t>((hash & kHighHalf) | static_cast<std::uint32_t>(column + 1));
}
std::int32_t column_of(std::int64_t slot) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(slot) - 1);
}
bool may_hold(std::int64_t slot, std::uint64_t hash) {
  return ((static_cast<std::uint64_t>(slot) ^ hash) & kHighHalf) == 0;
}

/// @param offsets any integers
std::string_view slice(std::span<const char> bytes, const auto& offsets, std::int32_t column) {
  const auto c = static_cast<std::size_t>(column);
  return {bytes.data() + offsets[c], static_cast<std::size_t>(offsets[c + 1] - offsets[c])};
}

std::uint64_t hash_and_prefetch(std::string_view token, std::span<const std::int64_t> index) {
  const std::uint64_t hash = hash_of(token);
  __builtin_prefetch(index.data() + (hash & (index.size() - 1)));
  return hash;
}

/// Returns the slot of `token`, or the free slot to insert it in.
std::size_t probe(std::span<const std::int64_t> index, std::span<const char> bytes,
                  const auto& offsets, std::string_view token, std::uint64_t hash) {
  const std::size_t mask = index.size() - 1;
  std::size_t slot = hash & mask;
  while (index[slot] != kFree) {
    if (may_hold(index[slot], hash) && slice(bytes, offsets, column_of(index[slot])) == token)
      break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

}  // namespace

TokenTable::TokenTable(std::size_t tokens)
    : index_(std::bit_ceil(std::max<std::size_t>(2 * tokens, 1024)), kFree) {
  offsets_.reserve(tokens + 1);
}

std::string_view TokenTable::token(std::int32_t number) const {
  return slice(bytes_, offsets_, number);
}

std::uint64_t TokenTable::prefetch(std::string_view token) const {
  return hash_and_prefetch(token, index_);
}

std::int32_t TokenTable::insert(std::string_view token, std::uint64_t hash) {
  const std::size_t slot = probe(index_, bytes_, offsets_, token, hash);
  if (index_[slot] != kFree) return column_of(index_[slot]);

  const std::int32_t number = size();
  if (number == std::numeric_limits<std::int32_t>::max() - 1)
    throw Error(ErrorCode::kTooManyTokens, "vocabulary", "more than 2^31 distinct tokens");
  bytes_.append(token);
  offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
  index_[slot] = make_slot(hash, number);
  if (static_cast<std::size_t>(size()) * 2 > index_.size()) grow();
  return number;
}

void TokenTable::grow() {
  index_.assign(index_.size() * 2, kFree);
  for (std::int32_t number = 0; number < size(); ++number) {
    const std::uint64_t hash = hash_of(token(number));
    index_[probe(index_, bytes_, offsets_, token(number), hash)] = make_slot(hash, number);
  }
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
  index_ = frozen->table.index_;
  owner_ = std::move(frozen);
}

Vocabulary::Vocabulary(std::span<const char> bytes, std::span<const std::uint32_t> offsets,
                       std::shared_ptr<const void> owner)
    : bytes_(bytes), offsets_(offsets), owner_(std::move(owner)) {}

std::uint64_t Vocabulary::prefetch(std::string_view token) const {
  return index_.empty() ? 0 : hash_and_prefetch(token, index_);
}

std::int32_t Vocabulary::find(std::string_view token, std::uint64_t hash) const {
  if (index_.empty()) return kUnknown;
  const std::int64_t slot = index_[probe(index_, bytes_, offsets_, token, hash)];
  return slot == kFree ? kUnknown : column_of(slot);
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
  for (std::size_t c = 0; c + 1 < offsets_.size(); ++c)
    if (offsets_[c] >= offsets_[c + 1])
      return fmt::format("token {} has no bytes: offsets {} and {}", c, offsets_[c],
                         offsets_[c + 1]);

  // All tokens end at character boundaries if all bytes are well-formed and no token begins with a
  // continuation byte.
  if (const auto bad = find_invalid_utf8({bytes_.data(), bytes_.size()}); bad != std::string::npos)
    return fmt::format("byte {} is not UTF-8", bad);
  for (std::int32_t c = 0; c < size(); ++c)
    if (continues_character(token(c).front()))
      return fmt::format("token {} begins inside a character", c);

  auto index = std::make_shared<std::vector<std::int64_t>>(
      std::bit_ceil(2 * static_cast<std::size_t>(size())), kFree);
  // The index is larger than the caches: load the slots of a block of tokens at once.
  constexpr std::int32_t kBlock = 32;
  std::array<std::uint64_t, kBlock> hashes;
  for (std::int32_t first = 0; first < size(); first += kBlock) {
    const std::int32_t last = std::min(first + kBlock, size());
    for (std::int32_t c = first; c < last; ++c)
      hashes[static_cast<std::size_t>(c - first)] = hash_and_prefetch(token(c), *index);
    for (std::int32_t c = first; c < last; ++c) {
      const std::uint64_t hash = hashes[static_cast<std::size_t>(c - first)];
      std::int64_t& slot = (*index)[probe(*index, bytes_, offsets_, token(c), hash)];
      if (slot != kFree) return fmt::format("token {} appears twice", c);
      slot = make_slot(hash, c);
    }
  }
  index_ = *index;
  index_owner_ = std::move(index);
  return {};
}

}  // namespace newsclf
