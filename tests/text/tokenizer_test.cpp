// SPDX-License-Identifier: MIT
#include "newsclf/text/tokenizer.hpp"

#include "support/support.hpp"

using namespace newsclf;

namespace {

using Words = std::vector<std::string>;

Words tokens_of(std::string_view text, const TokenizerOptions& options = {}) {
  Tokenizer tokenizer(options);
  const auto tokens = tokenizer.tokenize(text);
  return {tokens.begin(), tokens.end()};
}

}  // namespace

TEST_CASE("tokens are lower-cased runs of letters, numbers and underscores") {
  CHECK(tokens_of("The Shuttle's orbit_2 (STS-51): 1,000 km!") ==
        Words{"the", "shuttle", "s", "orbit_2", "sts", "51", "1", "000", "km"});
}

TEST_CASE("non-ASCII letters are part of tokens and are lower-cased") {
  CHECK(tokens_of("ÉCOLE Straße МОСКВА 東京tower ½ x²") ==
        Words{"école", "straße", "москва", "東京tower", "½", "x²"});
}

TEST_CASE("combining marks do not break a word") {
  CHECK(tokens_of("cafe\u0301 हिन्दी") == Words{"cafe\u0301", "हिन्दी"});
}

TEST_CASE("non-ASCII punctuation and spaces separate tokens") {
  CHECK(tokens_of("moon\u2014orbit\u00a0mars\u3000venus\u201cquote\u201d") ==
        Words{"moon", "orbit", "mars", "venus", "quote"});
}

TEST_CASE("letters whose lower case has more bytes are lower-cased completely") {
  // U+023A takes 2 bytes, its lower case U+2C65 takes 3.
  std::string text, lower;
  for (int i = 0; i < 1000; ++i) {
    text += "\u023A";
    lower += "\u2C65";
  }
  CHECK(tokens_of(text) == Words{lower});
}

TEST_CASE("keep_case distinguishes upper and lower case") {
  CHECK(tokens_of("Space space ÉTÉ", {.keep_case = true}) == Words{"Space", "space", "ÉTÉ"});
}

TEST_CASE("nonspace tokens are runs of anything except white space") {
  CHECK(
      tokens_of(" It's a\t<b>test</b>\u3000e-mail:\nx@y ", {.pattern = TokenPattern::kNonspace}) ==
      Words{"it's", "a", "<b>test</b>", "e-mail:", "x@y"});
}

TEST_CASE("a text of only punctuation and white space has no tokens") {
  CHECK(tokens_of("").empty());
  CHECK(tokens_of(" \n--- ... !").empty());
}

TEST_CASE("a NUL byte separates tokens and does not end the text") {
  CHECK(tokens_of(std::string_view("moon\0orbit", 10)) == Words{"moon", "orbit"});
}

TEST_CASE("neighboring tokens are separated by one space in the normalized text") {
  Tokenizer tokenizer({});
  const auto tokens = tokenizer.tokenize("Moon,   ORBIT!");
  REQUIRE(tokens.size() == 2);
  const std::string_view run(
      tokens[0].data(),
      static_cast<std::size_t>(tokens[1].data() + tokens[1].size() - tokens[0].data()));
  CHECK(run == "moon orbit");
}

TEST_CASE("a tokenizer can be reused for a shorter and a longer text") {
  Tokenizer tokenizer({});
  CHECK(tokenizer.tokenize("one two three four five six seven").size() == 7);
  CHECK(tokenizer.tokenize("one").size() == 1);
  CHECK(tokenizer.tokenize(std::string(5000, 'x') + " y").size() == 2);
}

TEST_CASE("places are the positions of the tokens in the text") {
  const std::string text = " Moon,\u2014\u00c9toile!\u0130x  (ball)b\u00e4r\u00a0\u023a";
  for (const auto pattern : {TokenPattern::kWords, TokenPattern::kNonspace}) {
    Tokenizer tokenizer({.keep_case = true, .pattern = pattern});
    std::vector<TextSpan> places = {{7, 8}};  // old contents are replaced
    const auto tokens = tokenizer.tokenize(text, places);
    REQUIRE(places.size() == tokens.size());
    for (std::size_t t = 0; t < tokens.size(); ++t)
      CHECK(text.substr(places[t].begin, places[t].end - places[t].begin) == tokens[t]);
  }
}

TEST_CASE("places refer to the original text, even if its lower case has another length") {
  // U+023A takes 2 bytes, its lower case 3; U+0130 takes 2, its lower case 1.
  Tokenizer tokenizer({});
  std::vector<TextSpan> places;
  CHECK(tokenizer.tokenize("\u023a\u0130 Ab", places).size() == 2);
  CHECK(places == std::vector<TextSpan>{{0, 4}, {5, 7}});
  CHECK(tokenizer.tokenize("", places).empty());
  CHECK(places.empty());
}
