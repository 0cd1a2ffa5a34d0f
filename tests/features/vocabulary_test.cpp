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
  std::vector<std::uint32_t> offsets;

  explicit Arrays(const Vocabulary& sound)
      : bytes(sound.bytes().begin(), sound.bytes().end()),
        offsets(sound.offsets().begin(), sound.offsets().end()) {}

  std::string check() const { return Vocabulary(bytes, offsets, nullptr).build_index(); }
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
  const Vocabulary frozen(std::move(table));
  Vocabulary rebuilt(frozen.bytes(), frozen.offsets(), nullptr);
  REQUIRE(rebuilt.build_index() == "");
  for (const Vocabulary& tokens : {frozen, rebuilt}) {
    REQUIRE(tokens.size() == 20'000);
    for (int i = 0; i < 20'000; ++i) {
      REQUIRE(tokens.find("token" + std::to_string(i)) == i);
      REQUIRE(tokens.token(i) == "token" + std::to_string(i));
      REQUIRE(tokens.find("other" + std::to_string(i)) == Vocabulary::kUnknown);
    }
  }
}

TEST_CASE("many tokens at once are found in the same columns as one by one") {
  TokenTable table;
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) {
    texts.push_back("token" + std::to_string(i * i));
    if (i % 3 != 0) table.insert(texts.back());
  }
  const Vocabulary tokens(std::move(table));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<std::int32_t> columns(views.size());
  tokens.find(views, columns);
  for (std::size_t i = 0; i < views.size(); ++i) {
    CHECK(columns[i] == tokens.find(views[i]));
    CHECK((columns[i] == Vocabulary::kUnknown) == (i % 3 == 0));
  }
}

TEST_CASE("the arrays have the layout documented in the header") {
  const Arrays arrays = sound_arrays();
  CHECK(arrays.bytes == "moonorbitball");
  CHECK(arrays.offsets == std::vector<std::uint32_t>{0, 4, 9, 13});
}

TEST_CASE("a vocabulary over borrowed arrays finds the same tokens") {
  const Arrays arrays = sound_arrays();
  Vocabulary tokens(arrays.bytes, arrays.offsets, nullptr);
  CHECK(tokens.find("orbit") == Vocabulary::kUnknown);  // there is no index yet
  CHECK(tokens.build_index() == "");
  CHECK(tokens.find("orbit") == 1);
  CHECK(tokens.find("bat") == Vocabulary::kUnknown);
}

TEST_CASE("arrays live as long as a vocabulary that needs them") {
  const auto arrays = std::make_shared<const Arrays>(sound_arrays());
  std::weak_ptr<const Arrays> alive = arrays;
  {
    const Vocabulary tokens(arrays->bytes, arrays->offsets, arrays);
    CHECK(alive.use_count() == 2);
  }
  CHECK(alive.use_count() == 1);
}

TEST_CASE("copies share the arrays and outlive the original") {
  auto original = std::make_unique<Vocabulary>(vocabulary({"moon", "orbit"}));
  const Vocabulary copy = *original;
  CHECK(copy.bytes().data() == original->bytes().data());
  CHECK(copy.offsets().data() == original->offsets().data());
  original.reset();
  CHECK(copy.find("orbit") == 1);
}

TEST_CASE("an empty vocabulary finds no token") {
  CHECK(Vocabulary().size() == 0);
  CHECK(Vocabulary().find("moon") == Vocabulary::kUnknown);
  CHECK(Vocabulary(TokenTable()).size() == 0);
  CHECK(Vocabulary(TokenTable()).find("moon") == Vocabulary::kUnknown);
}

TEST_CASE("building the index accepts a valid vocabulary") {
  CHECK(Arrays(vocabulary({"moon"})).check() == "");
  CHECK(Arrays(vocabulary({"moon", "mo", "o n", "été", "\U0001F680"})).check() == "");
}

TEST_CASE("building the index refuses a vocabulary without tokens") {
  Arrays arrays = sound_arrays();
  arrays.offsets = {};
  CHECK(arrays.check() == "invalid number of offsets: 0");
  arrays.offsets = {0};
  CHECK(arrays.check() == "invalid number of offsets: 1");
}

TEST_CASE("building the index refuses offsets that do not begin at 0") {
  Arrays arrays = sound_arrays();
  arrays.offsets[0] = 1;
  CHECK(arrays.check() == "the first offset is 1, not 0");
}

TEST_CASE("building the index refuses offsets that do not end at the last byte") {
  Arrays arrays = sound_arrays();
  arrays.offsets[3] = 12;
  CHECK(arrays.check() == "the last offset is 12, but the number of bytes is 13");
  arrays.offsets[3] = 14;
  CHECK(arrays.check() == "the last offset is 14, but the number of bytes is 13");
}

TEST_CASE("building the index refuses offsets that do not rise") {
  Arrays arrays = sound_arrays();
  arrays.offsets[2] = 3;
  CHECK(arrays.check() == "token 1 has no bytes: offsets 4 and 3");
  arrays.offsets[2] = 4;
  CHECK(arrays.check() == "token 1 has no bytes: offsets 4 and 4");
  arrays.offsets[2] = 1'000'000;
  CHECK(arrays.check() == "token 2 has no bytes: offsets 1000000 and 13");
}

TEST_CASE("building the index refuses tokens that are not UTF-8") {
  Arrays arrays = sound_arrays();
  arrays.bytes[6] = '\xff';
  CHECK(arrays.check() == "byte 6 is not UTF-8");
}

TEST_CASE("building the index refuses a token that begins inside a character") {
  Arrays arrays(vocabulary({"caf\u00e9", "\u00e9t\u00e9"}));
  arrays.offsets[1] = 4;  // between the two bytes of the first é
  CHECK(arrays.check() == "token 1 begins inside a character");
}

TEST_CASE("building the index refuses two tokens with the same bytes") {
  Arrays arrays(vocabulary({"moon", "mood"}));
  arrays.bytes[7] = 'n';
  CHECK(arrays.check() == "token 1 appears twice");
}
