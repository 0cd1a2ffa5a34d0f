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
  CHECK(tokens_of("ÉCOLE Straße МОСКВА ½ x²") == Words{"école", "straße", "москва", "½", "x²"});
}

TEST_CASE("combining marks do not break a word") {
  CHECK(tokens_of("x\u0301y हिन्दी") == Words{"x\u0301y", "हिन्दी"});
}

TEST_CASE("composed and decomposed spellings give the same token") {
  for (const auto pattern : {TokenPattern::kText, TokenPattern::kWords, TokenPattern::kNonspace}) {
    const auto tokens = [&](std::string_view text) {
      return tokens_of(text, {.pattern = pattern});
    };
    CHECK(tokens("Cafe\u0301 E\u0301te\u0301") == Words{"caf\u00e9", "\u00e9t\u00e9"});
    CHECK(tokens("caf\u00e9") == Words{"caf\u00e9"});
    // Two marks in either order; precomposed only together with the first one.
    CHECK(tokens("s\u0323\u0307 s\u0307\u0323 \u1e69") == Words{"\u1e69", "\u1e69", "\u1e69"});
    CHECK(tokens("q\u0323\u0307") == tokens("q\u0307\u0323"));
    // Hangul: consonant, vowel, final consonant.
    CHECK(tokens("\u1112\u1161\u11ab\u1100\u1173\u11af") == Words{"\ud55c\uae00"});
    CHECK(tokens("\uac00\u11a8") == Words{"\uac01"});
    // Devanagari qa, which is composed in no normal form, and the sign for the Kelvin.
    CHECK(tokens("\u0958 \u212a") == Words{"\u0915\u093c", "k"});
    CHECK(tokens("\u0915\u093c") == Words{"\u0915\u093c"});
  }
  CHECK(tokens_of("\u304b\u3099\u304d\u3099") == tokens_of("\u304c\u304e"));
}

TEST_CASE("a small letter is composed even if its capital has no composed form") {
  for (const auto pattern : {TokenPattern::kText, TokenPattern::kWords, TokenPattern::kNonspace}) {
    CHECK(tokens_of("J\u030c x\u0399\u0308\u0301", {.pattern = pattern}) ==
          Words{"\u01f0", "x\u0390"});
    CHECK(tokens_of("J\u030c", {.keep_case = true, .pattern = pattern}) == Words{"J\u030c"});
  }
}

TEST_CASE("a letter is composed with a mark after a character that is left out") {
  CHECK(tokens_of("cafe\u00ad\u0301s q\u0307\u200d\u0323") == Words{"caf\u00e9s", "q\u0323\u0307"});
  CHECK(tokens_of("\u304b\u200c\u3099\u304d") == Words{"\u304c", "\u304d"});
}

TEST_CASE("a NUL ends a token") {
  for (const auto pattern : {TokenPattern::kText, TokenPattern::kWords, TokenPattern::kNonspace})
    CHECK(tokens_of(std::string_view("a\0b\0\u0301", 6), {.pattern = pattern}) ==
          Words{"a", "b", "\u0301"});
}

TEST_CASE("compatibility characters stay as they are") {
  CHECK(tokens_of("\ufb01n \uff21 x\u00b2") == Words{"\ufb01n", "\uff41", "x\u00b2"});
}

TEST_CASE("a mark without a letter before it is a token") {
  CHECK(tokens_of("a \u0301 ") == Words{"a", "\u0301"});
  CHECK(tokens_of("\u0301") == Words{"\u0301"});
  // This one makes the ASCII character before it another symbol: not equal to.
  CHECK(tokens_of("a=\u0338b") == Words{"a", "b"});
}

TEST_CASE("thousands of marks after one letter take no more than linear time") {
  std::string text = "a";
  for (int i = 0; i < 200'000; ++i) text += i % 2 == 0 ? "\u0301" : "\u0316";
  CHECK(tokens_of(text).size() == 1);
}

TEST_CASE("each character of a script without spaces is a token, with its marks") {
  CHECK(tokens_of("東京 コーヒー ひと") == Words{"東", "京", "コ", "ー", "ヒ", "ー", "ひ", "と"});
  CHECK(tokens_of("ไม่กิน") == Words{"ไ", "ม่", "กิ", "น"});                          // Thai
  CHECK(tokens_of("ພາສາ") == Words{"ພ", "າ", "ສ", "າ"});                          // Lao
  CHECK(tokens_of("ខ្មែរ") == Words{"ខ្", "មែ", "រ"});                              // Khmer
  CHECK(tokens_of("မြန်မာ") == Words{"မြ", "န်", "မာ"});                            // Myanmar
  CHECK(tokens_of("\U00020000\U00020001") == Words{"\U00020000", "\U00020001"});  // Han
  // Korean, like Hindi, separates words by spaces.
  CHECK(tokens_of("한국어 배우기") == Words{"한국어", "배우기"});
}

TEST_CASE("words between characters of such scripts stay words") {
  CHECK(tokens_of("東京tower第3回x") == Words{"東", "京", "tower", "第", "3", "回", "x"});
  CHECK(tokens_of("加入Sugar,糖") == Words{"加", "入", "sugar", "糖"});
  CHECK(tokens_of("東京tower", {.pattern = TokenPattern::kWords}) == Words{"東京tower"});
}

TEST_CASE("only the characters of one run touch in the normalized text") {
  Tokenizer tokenizer({});
  const auto tokens = tokenizer.tokenize("我爱ab你 他。她\U0001f600她");
  REQUIRE(tokens.size() == 8);
  std::string touching;
  for (std::size_t t = 1; t < tokens.size(); ++t)
    touching += continues_run(tokens[t - 1], tokens[t]) ? '+' : '.';
  CHECK(touching == "+......");
  CHECK(is_character_of_run(tokens[0]));
  CHECK_FALSE(is_character_of_run(tokens[2]));
  CHECK_FALSE(is_character_of_run(tokens[6]));
}

TEST_CASE("each emoji and each symbol is a token") {
  CHECK(tokens_of("movie \U0001f621\U0001f621great\u2605 \u00a9x") ==
        Words{"movie", "\U0001f621", "\U0001f621", "great", "\u2605", "\u00a9", "x"});
  CHECK(tokens_of("a + b = $5 \u2192 \u20ac") == Words{"a", "b", "5"});
  CHECK(tokens_of("movie \U0001f621", {.pattern = TokenPattern::kWords}) == Words{"movie"});
}

TEST_CASE("an emoji sequence is one token") {
  const auto is_one = [](std::string_view sequence) {
    const std::string text = "a" + std::string(sequence) + std::string(sequence) + "b";
    const Words tokens = tokens_of(text);
    REQUIRE(tokens.size() == 4);
    CHECK(tokens[1] == tokens[2]);
    CHECK(tokens[3] == "b");
    return tokens[1];
  };
  CHECK(is_one("\U0001f44d\U0001f3fd") == "\U0001f44d\U0001f3fd");              // skin tone
  CHECK(is_one("\U0001f1e9\U0001f1ea") == "\U0001f1e9\U0001f1ea");              // flag
  CHECK(is_one("\U0001f469\u200d\U0001f680") == "\U0001f469\u200d\U0001f680");  // joined
  CHECK(is_one("\U0001f469\U0001f3fd\u200d\u2764\ufe0f\u200d\U0001f468") ==
        "\U0001f469\U0001f3fd\u200d\u2764\u200d\U0001f468");
  CHECK(is_one("\U0001f642\u200d\u2194\ufe0f") == "\U0001f642\u200d\u2194");
  const std::string scotland =
      "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f";
  CHECK(is_one(scotland) == scotland);
  for (const char digit : {'0', '9', '#', '*'}) {
    const std::string keycap = digit + std::string("\u20e3");
    CHECK(is_one(digit + std::string("\ufe0f\u20e3")) == keycap);
    CHECK(is_one(keycap) == keycap);
  }
  CHECK(tokens_of("12\ufe0f\u20e3 x3\u20e3") == Words{"1", "2\u20e3", "x", "3\u20e3"});
  CHECK(tokens_of("\U0001f1e9 \U0001f1ea\U0001f1eb\U0001f1f7") ==
        Words{"\U0001f1e9", "\U0001f1ea\U0001f1eb", "\U0001f1f7"});
  CHECK(tokens_of("\U0001f3fd") == Words{"\U0001f3fd"});
}

TEST_CASE("variation selectors, joiners and soft hyphens are left out") {
  CHECK(tokens_of("\u2764\ufe0f \u2764\ufe0e \u2764") == Words{"\u2764", "\u2764", "\u2764"});
  CHECK(tokens_of("x \ufe0f y\u200d \u00ad") == Words{"x", "y"});
  CHECK(tokens_of("Donau\u00addampf \u0645\u06cc\u200c\u062e\u0648") ==
        Words{"donaudampf", "\u0645\u06cc\u062e\u0648"});
  CHECK(tokens_of("\u845b\ufe00\u57ce") == Words{"\u845b", "\u57ce"});
}

TEST_CASE("a joiner adds a composed and a decomposed symbol alike") {
  const Words joined{"\u2764\u200d\u2260"};  // U+2260 is an equals sign with U+0338
  CHECK(tokens_of("\u2764\u200d\u2260") == joined);
  CHECK(tokens_of("\u2764\u200d=\u0338") == joined);
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
  for (const auto pattern : {TokenPattern::kText, TokenPattern::kWords, TokenPattern::kNonspace}) {
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

TEST_CASE("tokens of the same normalized segment have the same place, which is not empty") {
  Tokenizer tokenizer({});
  std::vector<TextSpan> places;
  // The marks are reordered, so all four characters stand for the whole segment.
  CHECK(tokenizer.tokenize("\ufffd\u1161\u0303\u0323", places).size() == 2);
  CHECK(places == std::vector<TextSpan>{{0, 10}, {0, 10}});
}

TEST_CASE("places refer to the original text, even if normalization changes it") {
  const auto spelled = [](std::string_view text) {
    Tokenizer tokenizer({});
    std::vector<TextSpan> places;
    std::string out;
    tokenizer.tokenize(text, places);
    for (const TextSpan& place : places)
      out += std::string(text.substr(place.begin, place.end - place.begin)) + '|';
    return out;
  };
  CHECK(spelled("Cafe\u0301, e\u0301te\u0301s x") == "Cafe\u0301|e\u0301te\u0301s|x|");
  CHECK(spelled("\u1112\u1161\u11ab!") == "\u1112\u1161\u11ab|");
  CHECK(spelled("\u0958x \u212a") == "\u0958x|\u212a|");
  CHECK(spelled("ab我们กิc") == "ab|我|们|กิ|c|");
  CHECK(spelled("x\u2764\ufe0f\U0001f44d\U0001f3fd 12\ufe0f\u20e3y") ==
        "x|\u2764\ufe0f|\U0001f44d\U0001f3fd|1|2\ufe0f\u20e3|y|");
}

TEST_CASE("all tokens fit if every character is as long as it can become") {
  // U+1D160 is normalized from 4 bytes to 12, U+0344 from 2 to 4, U+023A is lower-cased from 2
  // to 3.
  for (const char* unit : {"\U0001d160", "\u0344", "\u023a\u00a9", "a\u00a9", "a\u4e2d"}) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += unit;
    Tokenizer tokenizer({});
    std::size_t bytes = 0;
    for (const std::string_view token : tokenizer.tokenize(text)) bytes += token.size();
    CHECK(bytes >= text.size());
  }
}

TEST_CASE("contains_unspaced finds letters of scripts without spaces") {
  CHECK(contains_unspaced("moon \u6708"));
  CHECK(contains_unspaced("\u0e01"));
  CHECK_FALSE(contains_unspaced("moon \u043b\u0443\u043d\u0430 \uc0ac"));
  CHECK_FALSE(contains_unspaced("3 \u30fb 4, \u0e3f5"));  // punctuation and currency
  CHECK_FALSE(contains_unspaced(""));
}

TEST_CASE("contains_symbols finds emoji and symbols") {
  CHECK(contains_symbols("movie \U0001f621"));
  CHECK(contains_symbols("\u00a9"));
  CHECK_FALSE(contains_symbols("movie = 5 \u20ac, \u4e2d\u2192"));
  CHECK_FALSE(contains_symbols(""));
}

TEST_CASE("tokens are found at every place and in every length") {
  // ASCII characters are examined 64 at a time.
  for (std::size_t begin = 0; begin < 70; ++begin)
    for (const std::size_t length : {1u, 2u, 15u, 16u, 17u, 63u, 64u, 65u, 130u})
      for (const std::string end : {"", " ", ".\n", "\u00e9 ", " \u00e9", "\u0301-"}) {
        std::string word(length, 'A');
        word.back() = '_';
        const std::string text = std::string(begin, ' ') + word + end + "z";
        Words expected = {std::string(length - 1, 'a') + "_"};
        if (end == "\u00e9 " || end == "\u0301-") expected[0] += end.substr(0, 2);
        if (end.empty()) expected[0] += "z";
        if (end == " \u00e9")
          expected.push_back("\u00e9z");
        else if (!end.empty())
          expected.push_back("z");
        REQUIRE(tokens_of(text) == expected);
        Tokenizer tokenizer({});
        std::vector<TextSpan> places;
        tokenizer.tokenize(text, places);
        REQUIRE(places.size() == expected.size());
        REQUIRE(places[0].begin == begin);
        REQUIRE(places[0].end == begin + expected[0].size());
        REQUIRE(places.back().end == text.size());
      }
}
