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

/// The arrays of a vocabulary, to be spoilt.
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

TEST_CASE("tokens are numbered in the order they came, each once") {
  TokenTable table;
  CHECK(table.insert("moon") == 0);
  CHECK(table.insert("orbit") == 1);
  CHECK(table.insert("moon") == 0);
  CHECK(table.insert("ball") == 2);
  CHECK(table.size() == 3);
  CHECK(table.token(0) == "moon");
  CHECK(table.token(2) == "ball");
}

TEST_CASE("a token is found in its column, any other is unknown") {
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

TEST_CASE("the arrays are laid out as the header says") {
  const Arrays arrays = sound_arrays();
  CHECK(arrays.bytes == "moonorbitball");
  CHECK(arrays.offsets == std::vector<std::int64_t>{0, 4, 9, 13});
  CHECK(arrays.index.size() >= 6);
  CHECK((arrays.index.size() & (arrays.index.size() - 1)) == 0);
  CHECK(std::count_if(arrays.index.begin(), arrays.index.end(),
                      [](std::int64_t slot) { return slot != 0; }) == 3);
}

TEST_CASE("a vocabulary over borrowed arrays finds what the first one finds") {
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

TEST_CASE("a vocabulary without tokens knows none") {
  CHECK(Vocabulary().size() == 0);
  CHECK(Vocabulary().find("moon") == Vocabulary::kUnknown);
  CHECK(Vocabulary(TokenTable()).size() == 0);
  CHECK(Vocabulary(TokenTable()).find("moon") == Vocabulary::kUnknown);
}

TEST_CASE("a real vocabulary is sound") {
  CHECK(vocabulary({"moon"}).check() == "");
  CHECK(vocabulary({"moon", "mo", "o n", "été", "\U0001F680"}).check() == "");
}

TEST_CASE("a vocabulary needs a token") {
  Arrays arrays = sound_arrays();
  arrays.offsets = {};
  CHECK(arrays.check() == "0 offsets");
  arrays.offsets = {0};
  CHECK(arrays.check() == "1 offsets");
}

TEST_CASE("offsets that do not begin at 0 are found") {
  Arrays arrays = sound_arrays();
  arrays.offsets[0] = 1;
  CHECK(arrays.check() == "the first offset is 1, not 0");
  arrays.offsets[0] = -1;
  CHECK(arrays.check() == "the first offset is -1, not 0");
}

TEST_CASE("offsets that do not lead to the end are found") {
  Arrays arrays = sound_arrays();
  arrays.offsets[3] = 12;
  CHECK(arrays.check() == "the last offset is 12, not the 13 bytes there are");
  arrays.offsets[3] = 14;
  CHECK(arrays.check() == "the last offset is 14, not the 13 bytes there are");
}

TEST_CASE("offsets that fall or stay are found") {
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

TEST_CASE("tokens that are not UTF-8 are found") {
  Arrays arrays = sound_arrays();
  arrays.bytes[6] = '\xff';
  CHECK(arrays.check() == "byte 6 is not UTF-8");
}

TEST_CASE("a token that begins inside a character is found") {
  Arrays arrays(vocabulary({"caf\u00e9", "\u00e9t\u00e9"}));
  arrays.offsets[1] = 4;  // between the two bytes of the first é
  CHECK(arrays.check() == "token 1 begins inside a character");
}

TEST_CASE("an index whose size is no power of two is found") {
  Arrays arrays = sound_arrays();
  arrays.index.push_back(0);
  CHECK(arrays.check() == "an index of 1025 slots for 3 tokens");
  arrays.index.clear();
  CHECK(arrays.check() == "an index of 0 slots for 3 tokens");
}

TEST_CASE("an index that is more than half full is found") {
  Arrays arrays = sound_arrays();
  arrays.index.resize(4);
  CHECK(arrays.check() == "an index of 4 slots for 3 tokens");
}

TEST_CASE("a slot that names no token is found") {
  Arrays arrays = sound_arrays();
  const std::int64_t sound = arrays.slot(1);
  std::int64_t& slot = arrays.slot(1);
  slot = sound + 2;
  CHECK(arrays.check() == "a slot of the index names token 3 of 3");
  slot = sound - 2;
  CHECK(arrays.check() == "a slot of the index names token -1 of 3");
  slot = sound - 2 + 0x80000000;
  CHECK(arrays.check() == "a slot of the index names token 2147483647 of 3");
}

TEST_CASE("a token that the index does not hold is found") {
  Arrays arrays = sound_arrays();
  arrays.slot(2) = 0;
  CHECK(arrays.check() == "the index holds 2 of 3 tokens");
}

TEST_CASE("an index that holds a token twice is found") {
  Arrays arrays = sound_arrays();
  const std::int64_t moon = arrays.slot(0);
  *std::find(arrays.index.begin(), arrays.index.end(), 0) = moon;
  CHECK(arrays.check() == "the index holds 4 of 3 tokens");
}

TEST_CASE("an index that holds one token twice and another not at all is found") {
  Arrays arrays = sound_arrays();
  arrays.slot(1) = arrays.slot(0);
  CHECK(arrays.check() == "token 1 is not found through the index, or stands there twice");
}

TEST_CASE("a slot that stands where no search comes by is found") {
  Arrays arrays = sound_arrays();
  std::rotate(arrays.index.begin(), arrays.index.begin() + 512, arrays.index.end());
  CHECK(arrays.check() == "token 0 is not found through the index, or stands there twice");
}

TEST_CASE("a slot with another token's hash is found") {
  Arrays arrays = sound_arrays();
  arrays.slot(2) ^= std::int64_t{1} << 40;
  CHECK(arrays.check() == "token 2 is not found through the index, or stands there twice");
}

TEST_CASE("two tokens of the same bytes are found") {
  Arrays arrays(vocabulary({"moon", "mood"}));
  arrays.bytes[7] = 'n';
  arrays.slot(1) = 0;
  // The second `moon` stands behind the first, with the hash they share.
  std::int64_t* const first = &arrays.slot(0);
  std::int64_t* const last = &arrays.index.back();
  (first == last ? arrays.index.front() : first[1]) = *first + 1;
  CHECK(arrays.check() == "token 1 is not found through the index, or stands there twice");
}
