// SPDX-License-Identifier: MIT
#include "newsclf/features/vocabulary.hpp"

#include <algorithm>
#include <memory>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

Vocabulary vocabulary(std::initializer_list<const char*> tokens) {
  TokenTable table;
  for (const char* token : tokens) table.insert(token);
  return Vocabulary(std::move(table));
}

/// The arrays of a vocabulary, which tests damage.
struct Arrays {
  std::string bytes;
  std::vector<std::int64_t> offsets;
  std::vector<std::int64_t> index;

  explicit Arrays(const Vocabulary& sound)
      : bytes(sound.bytes().begin(), sound.bytes().end()),
        offsets(sound.offsets().begin(), sound.offsets().end()),
        index(sound.index().begin(), sound.index().end()) {}

  std::string check() const { return Vocabulary(bytes, offsets, index, nullptr).check(); }
  /// The slot of column `column`.
  std::int64_t& slot(std::int64_t column) {
    return *std::find_if(index.begin(), index.end(),
                         [&](std::int64_t slot) { return (slot & 0xFFFFFFFF) == column + 1; });
  }
};

Arrays sound_arrays() { return Arrays(vocabulary({"moon", "orbit", "ball"})); }

}  // namespace

TEST_CASE("tokens are numbered in order of first insertion") {
  TokenTable table;
  CHECK(table.insert("moon") == 0);
  CHECK(table.insert("orbit") == 1);
  CHECK(table.insert("moon") == 0);
  CHECK(table.insert("ball") == 2);
  CHECK(table.size() == 3);
  CHECK(table.token(0) == "moon");
  CHECK(table.token(2) == "ball");
}

TEST_CASE("a token is found in its column, and any other token is unknown") {
  const Vocabulary tokens = vocabulary({"moon", "orbit", "ball"});
  CHECK(tokens.size() == 3);
  CHECK(tokens.find("moon") == 0);
  CHECK(tokens.find("orbit") == 1);
  CHECK(tokens.find("ball") == 2);
  CHECK(tokens.token(1) == "orbit");
  for (const char* token : {"", "moo", "moons", "Moon", "rbit", "moonorbit", "bat"})
    CHECK(tokens.find(token) == Vocabulary::kUnknown);
}

TEST_CASE("thousands of tokens are found, and no other") {
  TokenTable table;
  for (int i = 0; i < 20'000; ++i) REQUIRE(table.insert("token" + std::to_string(i)) == i);
  for (int i = 0; i < 20'000; ++i) REQUIRE(table.insert("token" + std::to_string(i)) == i);
  const Vocabulary tokens(std::move(table));
  REQUIRE(tokens.size() == 20'000);
  for (int i = 0; i < 20'000; ++i) {
    REQUIRE(tokens.find("token" + std::to_string(i)) == i);
    REQUIRE(tokens.token(i) == "token" + std::to_string(i));
    REQUIRE(tokens.find("other" + std::to_string(i)) == Vocabulary::kUnknown);
  }
  CHECK(tokens.check() == "");
}

TEST_CASE("the arrays have the layout documented in the header") {
  const Arrays arrays = sound_arrays();
  CHECK(arrays.bytes == "moonorbitball");
  CHECK(arrays.offsets == std::vector<std::int64_t>{0, 4, 9, 13});
  CHECK(arrays.index.size() >= 6);
  CHECK((arrays.index.size() & (arrays.index.size() - 1)) == 0);
  CHECK(std::count_if(arrays.index.begin(), arrays.index.end(),
                      [](std::int64_t slot) { return slot != 0; }) == 3);
}

TEST_CASE("a vocabulary over borrowed arrays finds the same tokens") {
  const Arrays arrays = sound_arrays();
  const Vocabulary tokens(arrays.bytes, arrays.offsets, arrays.index, nullptr);
  CHECK(tokens.check() == "");
  CHECK(tokens.find("orbit") == 1);
  CHECK(tokens.find("bat") == Vocabulary::kUnknown);
}

TEST_CASE("arrays live as long as a vocabulary that needs them") {
  const auto arrays = std::make_shared<const Arrays>(sound_arrays());
  std::weak_ptr<const Arrays> alive = arrays;
  {
    const Vocabulary tokens(arrays->bytes, arrays->offsets, arrays->index, arrays);
    CHECK(alive.use_count() == 2);
  }
  CHECK(alive.use_count() == 1);
}

TEST_CASE("copies share the arrays and outlive the original") {
  auto original = std::make_unique<Vocabulary>(vocabulary({"moon", "orbit"}));
  const Vocabulary copy = *original;
  CHECK(copy.bytes().data() == original->bytes().data());
  CHECK(copy.offsets().data() == original->offsets().data());
  CHECK(copy.index().data() == original->index().data());
  original.reset();
  CHECK(copy.find("orbit") == 1);
}

TEST_CASE("an empty vocabulary finds no token") {
  CHECK(Vocabulary().size() == 0);
  CHECK(Vocabulary().find("moon") == Vocabulary::kUnknown);
  CHECK(Vocabulary(TokenTable()).size() == 0);
  CHECK(Vocabulary(TokenTable()).find("moon") == Vocabulary::kUnknown);
}

TEST_CASE("check accepts a valid vocabulary") {
  CHECK(vocabulary({"moon"}).check() == "");
  CHECK(vocabulary({"moon", "mo", "o n", "été", "\U0001F680"}).check() == "");
}

TEST_CASE("check refuses a vocabulary without tokens") {
  Arrays arrays = sound_arrays();
  arrays.offsets = {};
  CHECK(arrays.check() == "invalid number of offsets: 0");
  arrays.offsets = {0};
  CHECK(arrays.check() == "invalid number of offsets: 1");
}

TEST_CASE("check refuses offsets that do not begin at 0") {
  Arrays arrays = sound_arrays();
  arrays.offsets[0] = 1;
  CHECK(arrays.check() == "the first offset is 1, not 0");
  arrays.offsets[0] = -1;
  CHECK(arrays.check() == "the first offset is -1, not 0");
}

TEST_CASE("check refuses offsets that do not end at the last byte") {
  Arrays arrays = sound_arrays();
  arrays.offsets[3] = 12;
  CHECK(arrays.check() == "the last offset is 12, but the number of bytes is 13");
  arrays.offsets[3] = 14;
  CHECK(arrays.check() == "the last offset is 14, but the number of bytes is 13");
}

TEST_CASE("check refuses offsets that do not rise") {
  Arrays arrays = sound_arrays();
  arrays.offsets[2] = 3;
  CHECK(arrays.check() == "token 1 has no bytes: offsets 4 and 3");
  arrays.offsets[2] = 4;
  CHECK(arrays.check() == "token 1 has no bytes: offsets 4 and 4");
  arrays.offsets[2] = 1'000'000;
  CHECK(arrays.check() == "token 2 has no bytes: offsets 1000000 and 13");
  arrays.offsets[2] = -1;
  CHECK(arrays.check() == "token 1 has no bytes: offsets 4 and -1");
}

TEST_CASE("check refuses tokens that are not UTF-8") {
  Arrays arrays = sound_arrays();
  arrays.bytes[6] = '\xff';
  CHECK(arrays.check() == "byte 6 is not UTF-8");
}

TEST_CASE("check refuses a token that begins inside a character") {
  Arrays arrays(vocabulary({"caf\u00e9", "\u00e9t\u00e9"}));
  arrays.offsets[1] = 4;  // between the two bytes of the first é
  CHECK(arrays.check() == "token 1 begins inside a character");
}

TEST_CASE("check refuses an index whose size is not a power of two") {
  Arrays arrays = sound_arrays();
  arrays.index.push_back(0);
  CHECK(arrays.check() == "invalid number of index slots: 1025 for 3 tokens");
  arrays.index.clear();
  CHECK(arrays.check() == "invalid number of index slots: 0 for 3 tokens");
}

TEST_CASE("check refuses an index that is more than half full") {
  Arrays arrays = sound_arrays();
  arrays.index.resize(4);
  CHECK(arrays.check() == "invalid number of index slots: 4 for 3 tokens");
}

TEST_CASE("check refuses a slot with an invalid token number") {
  Arrays arrays = sound_arrays();
  const std::int64_t sound = arrays.slot(1);
  std::int64_t& slot = arrays.slot(1);
  slot = sound + 2;
  CHECK(arrays.check() == "an index slot refers to token 3 of 3");
  slot = sound - 2;
  CHECK(arrays.check() == "an index slot refers to token -1 of 3");
  slot = sound - 2 + 0x80000000;
  CHECK(arrays.check() == "an index slot refers to token 2147483647 of 3");
}

TEST_CASE("check refuses an index without one of the tokens") {
  Arrays arrays = sound_arrays();
  arrays.slot(2) = 0;
  CHECK(arrays.check() == "the index contains 2 of 3 tokens");
}

TEST_CASE("check refuses an index that contains a token twice") {
  Arrays arrays = sound_arrays();
  const std::int64_t moon = arrays.slot(0);
  *std::find(arrays.index.begin(), arrays.index.end(), 0) = moon;
  CHECK(arrays.check() == "the index contains 4 of 3 tokens");
}

TEST_CASE("check refuses an index that contains one token twice and another not at all") {
  Arrays arrays = sound_arrays();
  arrays.slot(1) = arrays.slot(0);
  CHECK(arrays.check() == "token 1 is missing from the index or appears in it twice");
}

TEST_CASE("check refuses a slot that no search reaches") {
  Arrays arrays = sound_arrays();
  std::rotate(arrays.index.begin(), arrays.index.begin() + 512, arrays.index.end());
  CHECK(arrays.check() == "token 0 is missing from the index or appears in it twice");
}

TEST_CASE("check refuses a slot with a wrong hash") {
  Arrays arrays = sound_arrays();
  arrays.slot(2) ^= std::int64_t{1} << 40;
  CHECK(arrays.check() == "token 2 is missing from the index or appears in it twice");
}

TEST_CASE("check refuses two tokens with the same bytes") {
  Arrays arrays(vocabulary({"moon", "mood"}));
  arrays.bytes[7] = 'n';
  arrays.slot(1) = 0;
  // The slot of the second `moon` follows the first, with the same hash.
  std::int64_t* const first = &arrays.slot(0);
  std::int64_t* const last = &arrays.index.back();
  (first == last ? arrays.index.front() : first[1]) = *first + 1;
  CHECK(arrays.check() == "token 1 is missing from the index or appears in it twice");
}
