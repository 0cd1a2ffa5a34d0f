// SPDX-License-Identifier: MIT
#include "newsclf/features/token_index.hpp"

#include "support/support.hpp"

using namespace newsclf;

namespace {

/// Inserts `count` tokens with the same hash, and looks each of them and another one up.
void check_equal_hashes(std::uint64_t hash, std::int32_t count) {
  TokenIndex index(20);
  const auto is = [](std::int32_t wanted) {
    return [wanted](std::int32_t number) { return number == wanted; };
  };
  for (std::int32_t number = 0; number < count; ++number) {
    REQUIRE(index.find(hash, is(number)) == TokenIndex::kUnknown);
    REQUIRE(index.insert(hash, number, is(number)) == number);
  }
  for (std::int32_t number = 0; number < count; ++number) {
    REQUIRE(index.find(hash, is(number)) == number);
    REQUIRE(index.insert(hash, count, is(number)) == number);
  }
  CHECK(index.find(hash, is(count)) == TokenIndex::kUnknown);
  const std::uint64_t other_tag = hash ^ std::uint64_t{3} << 56;
  CHECK(index.find(other_tag, is(0)) == TokenIndex::kUnknown);
}

}  // namespace

TEST_CASE("an index has room for the tokens that it was made for") {
  for (const std::size_t tokens : {0u, 1u, 5u, 6u, 100u, 1000u})
    CHECK(TokenIndex(tokens).room() >= tokens);
}

TEST_CASE(
    "tokens with the same hash fill a group and continue in the next one, after the last in "
    "the first") {
  for (const std::uint64_t group : {0, 1, 3})
    for (const std::uint64_t tag : {0, 1, 2, 0x80, 0xFF}) check_equal_hashes(tag << 56 | group, 20);
}
