// SPDX-License-Identifier: MIT
#include "features/key_table.hpp"

#include <string>

#include "newsclf/parallel/random.hpp"
#include "support/support.hpp"

using namespace newsclf;

TEST_CASE("a short text is packed into a key and unpacked again") {
  for (const std::string text : {"a", "of", "the", "moon", "orbit", "planet", "shuttle", " <mo",
                                 "\u00e9t\u00e9", "\u4e2d\u6587"}) {
    const std::string readable = text + "followed by others";
    const std::uint64_t key = pack_text(std::string_view(readable).substr(0, text.size()));
    CHECK(packed_text(key) == text);
    CHECK(key == pack_text((text + std::string(8, '\0')).substr(0, text.size())));
    CHECK(key >> 56 == 0);
  }
}

TEST_CASE("a pair of numbers is packed into a key and unpacked again") {
  for (const std::int32_t begin : {0, 1, 2'147'483'647, -1, -2'147'483'647})
    for (const std::int32_t last : {0, 7, 2'147'483'647, -1})
      CHECK(split_pair_key(make_pair_key(begin, last)) == std::pair(begin, last));
}

TEST_CASE("keys keep their numbers and places while the table grows, and other keys are unknown") {
  Random random(1);
  std::vector<std::uint64_t> keys;
  for (std::int32_t begin = 0; begin < 150; ++begin)  // pairs are close together
    for (std::int32_t last = 0; last < 150; ++last) keys.push_back(make_pair_key(begin, last));
  for (int k = 0; k < 5000; ++k) keys.push_back(random.next() | std::uint64_t{1} << 63);
  KeyTable table;
  for (std::size_t k = 0; k < keys.size(); ++k) {
    KeyTable::Slot& slot = table.insert(keys[k], static_cast<std::int32_t>(k));
    REQUIRE(slot.number == static_cast<std::int32_t>(k));
    REQUIRE(slot.place == 0);
    slot.place = static_cast<std::uint32_t>(k + 1);
  }
  for (std::size_t k = 0; k < keys.size(); ++k) {
    REQUIRE(table.find(keys[k]) == static_cast<std::int32_t>(k));
    const KeyTable::Slot& slot = table.insert(keys[k], -5);
    REQUIRE(slot.number == static_cast<std::int32_t>(k));
    REQUIRE(slot.place == k + 1);
  }
  for (std::int32_t last = 150; last < 300; ++last)
    REQUIRE(table.find(make_pair_key(last, last)) == KeyTable::kUnknown);
}
