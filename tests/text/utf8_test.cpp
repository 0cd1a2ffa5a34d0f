// SPDX-License-Identifier: MIT
#include "newsclf/text/utf8.hpp"

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("well-formed text of every sequence length is accepted") {
  const std::string text = "a\u00e9\u20ac\U0001F680 and more plain text behind it";
  CHECK(find_invalid_utf8(text) == std::string::npos);
  CHECK(replace_invalid_utf8(text) == text);
}

TEST_CASE("the first ill-formed byte is found, even after a long run of ASCII") {
  CHECK(find_invalid_utf8("0123456789abcdef\xff") == 16);
  CHECK(find_invalid_utf8("\x80") == 0);
}

TEST_CASE("ill-formed sequences become one U+FFFD for each maximal subpart") {
  // The Unicode Standard 15.0, tables 3-8 to 3-11.
  const std::string fffd = "\uFFFD";
  CHECK(replace_invalid_utf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") ==
        fffd + fffd + fffd + fffd + fffd + fffd + fffd + fffd + "A");
  CHECK(replace_invalid_utf8("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41") ==
        fffd + fffd + fffd + fffd + fffd + fffd + fffd + fffd + "A");
  CHECK(replace_invalid_utf8("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42") ==
        fffd + fffd + fffd + fffd + fffd + "A" + fffd + fffd + "B");
  CHECK(replace_invalid_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") ==
        fffd + fffd + fffd + fffd + "A");
}

TEST_CASE("a truncated sequence at the end of the text becomes one U+FFFD") {
  CHECK(replace_invalid_utf8("ab\xE2\x82") == "ab\uFFFD");
}

TEST_CASE("offsets in repaired text are converted to offsets in the text as it was") {
  const std::string text = "a\xff \u00e9\xe2\x82 b\xf0\x9f";
  const std::string repaired = "a\uFFFD \u00e9\uFFFD b\uFFFD";
  REQUIRE(replace_invalid_utf8(text) == repaired);
  CHECK(offsets_before_repair(text, {0, 1, 4, 4, 5, 7, 10, 11, 12, repaired.size()}) ==
        std::vector<std::size_t>{0, 1, 2, 2, 3, 5, 7, 8, 9, text.size()});
}

TEST_CASE("with latin1, the whole document is read as Latin-1") {
  std::string text = "caf\xE9 \xA9";
  CHECK(repair_utf8(text, InvalidUtf8::kLatin1, "here"));
  CHECK(text == "café ©");
}

TEST_CASE("with error, the message shows the place and the byte") {
  std::string text = "caf\xE9 au lait";
  CHECK(error_of([&] { repair_utf8(text, InvalidUtf8::kError, "posts/17"); }) ==
        "posts/17: byte 3 (0xe9) is not UTF-8");
}

TEST_CASE("well-formed text is unchanged with every policy") {
  for (const auto& policy : kInvalidUtf8Policies) {
    std::string text = "déjà vu";
    CHECK_FALSE(repair_utf8(text, policy.value, "here"));
    CHECK(text == "déjà vu");
  }
}

TEST_CASE("decoding reverses encoding over the whole range") {
  for (char32_t c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 97) {
    if (c >= 0xD800 && c < 0xE000) continue;
    char encoded[4];
    const std::string text(encoded, encode_utf8(c, encoded));
    std::size_t i = 0;
    REQUIRE(decode_utf8(text, i) == c);
    REQUIRE(i == text.size());
    REQUIRE(find_invalid_utf8(text) == std::string::npos);
  }
}
