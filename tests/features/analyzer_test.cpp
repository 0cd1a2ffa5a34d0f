// SPDX-License-Identifier: MIT
#include "newsclf/features/analyzer.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Counts = std::map<std::string, int>;

Counts counts_of(const Document& document, const TextOptions& options = {}) {
  Analyzer analyzer(options);
  Counts counts;
  for (const auto& [token, count, kind] : analyzer.analyze(document))
    counts[std::string(token)] += count;
  return counts;
}

using Tokens = std::vector<std::string>;

/// The tokens of a text in order.
Tokens tokens_of(const std::string& text, const TextOptions& options) {
  Analyzer analyzer(options);
  Tokens tokens;
  for (const auto& [token, count, kind] : analyzer.analyze({"", "", text}))
    tokens.emplace_back(token);
  return tokens;
}

/// The n-grams of a text in order.
Tokens ngrams_of(const std::string& text, int shortest, int longest) {
  return tokens_of(text, {.min_ngram = shortest, .max_ngram = longest});
}

/// The character n-grams of a text in order.
Tokens char_ngrams_of(const std::string& text, int shortest, int longest,
                      TextOptions options = {}) {
  options.min_char_ngram = shortest;
  options.max_char_ngram = longest;
  Tokens ngrams;
  for (std::string& token : tokens_of(text, options))
    if (token.front() == ' ') ngrams.push_back(std::move(token));
  return ngrams;
}

const char* const kPost =
    "From: ann\n"
    "Subject: Moon\n"
    "\n"
    "Bob writes:\n"
    "> the ball\n"
    "orbit orbit\n"
    "\n"
    "Ann Author\n";

/// The tokens of one kind in order.
Tokens of_kind(TokenKind kind, const std::string& text, const TextOptions& options) {
  Analyzer analyzer(options);
  Tokens tokens;
  for (const TokenOccurrence& occurrence : analyzer.analyze({"", "", text}))
    if (occurrence.kind == kind) tokens.emplace_back(occurrence.token);
  return tokens;
}

}  // namespace

TEST_CASE("every token of a document is an occurrence that counts once") {
  Analyzer analyzer({});
  const auto documents = corpus({{"space", "Moon, orbit; moon"}});
  const auto occurrences = analyzer.analyze(documents[0]);
  REQUIRE(occurrences.size() == 3);
  CHECK(occurrences[0].token == "moon");
  CHECK(occurrences[1].token == "orbit");
  CHECK(occurrences[2].token == "moon");
  for (const TokenOccurrence& occurrence : occurrences) CHECK(occurrence.count == 1);
}

TEST_CASE("the subject of a post counts subject_weight more times") {
  const Document document = post("Subject: Moon base\n\norbit");
  CHECK(counts_of(document) == Counts{{"subject", 1}, {"moon", 6}, {"base", 6}, {"orbit", 1}});
  CHECK(counts_of(document, {.subject_weight = 2}) ==
        Counts{{"subject", 1}, {"moon", 3}, {"base", 3}, {"orbit", 1}});
}

TEST_CASE("with a subject weight of 0 the subject does not count again") {
  CHECK(counts_of(post("Subject: Moon\n\nmoon"), {.subject_weight = 0}) ==
        Counts{{"subject", 1}, {"moon", 2}});
}

TEST_CASE("a document that cannot be a post has no subject") {
  const auto documents = corpus({{"space", "Subject: Moon\n\norbit"}});
  CHECK(counts_of(documents[0]) == Counts{{"subject", 1}, {"moon", 1}, {"orbit", 1}});
}

TEST_CASE("a document that is not a post has no subject") {
  CHECK(counts_of(post("Hello\nSubject: Moon\n\norbit")) ==
        Counts{{"hello", 1}, {"subject", 1}, {"moon", 1}, {"orbit", 1}});
}

TEST_CASE("by default the whole post is text") {
  CHECK(counts_of(post(kPost)) == Counts{{"from", 1},
                                         {"ann", 2},
                                         {"subject", 1},
                                         {"moon", 6},
                                         {"bob", 1},
                                         {"writes", 1},
                                         {"the", 1},
                                         {"ball", 1},
                                         {"orbit", 2},
                                         {"author", 1}});
}

TEST_CASE("without headers, a post still has its subject") {
  CHECK(counts_of(post(kPost), {.post_headers = false}) == Counts{{"moon", 5},
                                                                  {"bob", 1},
                                                                  {"writes", 1},
                                                                  {"the", 1},
                                                                  {"ball", 1},
                                                                  {"orbit", 2},
                                                                  {"ann", 1},
                                                                  {"author", 1}});
  CHECK(counts_of(post("Subject: Moon\n\norbit"), {.post_headers = false, .subject_weight = 0}) ==
        Counts{{"orbit", 1}});
}

TEST_CASE("quotes are stripped only from the body") {
  CHECK(counts_of(post(kPost), {.strip_quotes = true}) ==
        Counts{{"from", 1}, {"ann", 2}, {"subject", 1}, {"moon", 6}, {"orbit", 2}, {"author", 1}});
  CHECK(counts_of(post("Subject: Bob said: moon\n\norbit"),
                  {.strip_quotes = true, .subject_weight = 0}) ==
        Counts{{"subject", 1}, {"bob", 1}, {"said", 1}, {"moon", 1}, {"orbit", 1}});
}

TEST_CASE("the footer is stripped") {
  CHECK(counts_of(post(kPost), {.strip_footers = true}) == Counts{{"from", 1},
                                                                  {"ann", 1},
                                                                  {"subject", 1},
                                                                  {"moon", 6},
                                                                  {"bob", 1},
                                                                  {"writes", 1},
                                                                  {"the", 1},
                                                                  {"ball", 1},
                                                                  {"orbit", 2}});
}

TEST_CASE("headers, quotes and footers can be stripped together") {
  CHECK(counts_of(post(kPost),
                  {.post_headers = false, .strip_quotes = true, .strip_footers = true}) ==
        Counts{{"moon", 5}, {"orbit", 2}});
}

TEST_CASE("footers are stripped before quotes") {
  // The order of scikit-learn's fetch_20newsgroups: footers first, then quotes.
  CHECK(counts_of(post("Subject: moon\n\norbit\n\nball\n> bat\n> bat\n"), {.post_headers = false,
                                                                           .strip_quotes = true,
                                                                           .strip_footers = true,
                                                                           .subject_weight = 0}) ==
        Counts{{"orbit", 1}});
  CHECK(counts_of(post("Subject: moon\n\norbit\n> bat\n\n> bat\n"), {.post_headers = false,
                                                                     .strip_quotes = true,
                                                                     .strip_footers = true,
                                                                     .subject_weight = 0}) ==
        Counts{{"orbit", 1}});
}

TEST_CASE("options for posts do not affect other documents") {
  const auto documents = corpus({{"space", "> moon\nBob said: orbit\n\nball"}});
  CHECK(counts_of(documents[0],
                  {.post_headers = false, .strip_quotes = true, .strip_footers = true}) ==
        Counts{{"moon", 1}, {"bob", 1}, {"said", 1}, {"orbit", 1}, {"ball", 1}});
}

TEST_CASE("case and token pattern follow the options, in the subject too") {
  CHECK(counts_of(post("Subject: Moon-Base\n\nMoon moon"),
                  {.subject_weight = 2, .keep_case = true}) ==
        Counts{{"Subject", 1}, {"Moon", 4}, {"Base", 3}, {"moon", 1}});
  CHECK(counts_of(post("Subject: Moon-Base\n\nmoon!"),
                  {.subject_weight = 2, .token_pattern = TokenPattern::kNonspace}) ==
        Counts{{"subject:", 1}, {"moon-base", 3}, {"moon!", 1}});
}

TEST_CASE("an n-gram is a run of neighboring tokens separated by one space") {
  CHECK(ngrams_of("Moon,  orbit -- ball", 1, 2) ==
        Tokens{"moon", "moon orbit", "orbit", "orbit ball", "ball"});
}

TEST_CASE("runs shorter than min_ngram are not n-grams") {
  CHECK(ngrams_of("a b c d", 2, 3) == Tokens{"a b", "a b c", "b c", "b c d", "c d"});
  CHECK(ngrams_of("a b c d", 3, 3) == Tokens{"a b c", "b c d"});
}

TEST_CASE("a document with fewer tokens than min_ngram has no n-grams") {
  CHECK(ngrams_of("a", 2, 3).empty());
  CHECK(ngrams_of("a b", 3, 4).empty());
  CHECK(ngrams_of("", 1, 3).empty());
}

TEST_CASE("no n-gram spans the text and the subject") {
  CHECK(counts_of(post("Subject: moon base\n\norbit ball"),
                  {.post_headers = false, .subject_weight = 3, .min_ngram = 2, .max_ngram = 3}) ==
        Counts{{"orbit ball", 1}, {"moon base", 3}});
  CHECK(counts_of(post("Subject: moon base\n\norbit ball"),
                  {.subject_weight = 3, .min_ngram = 2, .max_ngram = 2}) ==
        Counts{{"subject moon", 1}, {"moon base", 4}, {"base orbit", 1}, {"orbit ball", 1}});
}

TEST_CASE("there are no character n-grams by default") {
  CHECK(tokens_of("Moon, orbit", {}) == Tokens{"moon", "orbit"});
}

TEST_CASE("a character n-gram begins with a space, and marks enclose its token") {
  CHECK(tokens_of("Moon", {.min_char_ngram = 3, .max_char_ngram = 3}) ==
        Tokens{"moon", " <mo", " moo", " oon", " on>"});
  CHECK(tokens_of("ab, c", {.min_char_ngram = 2, .max_char_ngram = 2}) ==
        Tokens{"ab", " <a", " ab", " b>", "c", " <c", " c>"});
}

TEST_CASE("character n-grams have every length from min_char_ngram to max_char_ngram") {
  CHECK(char_ngrams_of("abc", 2, 4) ==
        Tokens{" <a", " ab", " bc", " c>", " <ab", " abc", " bc>", " <abc", " abc>"});
  CHECK(char_ngrams_of("ab", 1, 1) == Tokens{" <", " a", " b", " >"});
}

TEST_CASE("a token shorter than a character n-gram has none of that length") {
  // The marks count as characters.
  CHECK(char_ngrams_of("ab", 4, 10) == Tokens{" <ab>"});
  CHECK(char_ngrams_of("a", 2, 5) == Tokens{" <a", " a>", " <a>"});
  CHECK(tokens_of("a ab abc", {.min_char_ngram = 5, .max_char_ngram = 6}) ==
        Tokens{"a", "ab", "abc", " <abc>"});
  CHECK(tokens_of("a ab", {.min_char_ngram = 5, .max_char_ngram = 6}) == Tokens{"a", "ab"});
}

TEST_CASE("a multi-byte character is one character of an n-gram") {
  CHECK(char_ngrams_of("Été", 2, 2) == Tokens{" <é", " ét", " té", " é>"});
  CHECK(char_ngrams_of("日本", 3, 4, {.token_pattern = TokenPattern::kWords}) ==
        Tokens{" <日本", " 日本>", " <日本>"});
  CHECK(char_ngrams_of("\U0001F680x", 2, 2, {.token_pattern = TokenPattern::kNonspace}) ==
        Tokens{" <\U0001F680", " \U0001F680x", " x>"});
  // A combining accent is a separate character, unless NFC has a composed one.
  CHECK(char_ngrams_of("x\u0301", 2, 2) == Tokens{" <x", " x\u0301", " \u0301>"});
  CHECK(char_ngrams_of("e\u0301", 2, 2) == Tokens{" <\u00e9", " \u00e9>"});
}

TEST_CASE("case and token pattern follow the options in character n-grams") {
  CHECK(char_ngrams_of("Mo", 3, 3, {.keep_case = true}) == Tokens{" <Mo", " Mo>"});
  CHECK(char_ngrams_of("a-b", 3, 3, {.token_pattern = TokenPattern::kNonspace}) ==
        Tokens{" <a-", " a-b", " -b>"});
}

TEST_CASE("a character n-gram is never equal to a token") {
  const Counts counts = counts_of(
      corpus({{"", "moon <mo"}})[0],
      {.token_pattern = TokenPattern::kNonspace, .min_char_ngram = 3, .max_char_ngram = 3});
  CHECK(counts == Counts{{"moon", 1},
                         {" <mo", 2},
                         {" moo", 1},
                         {" oon", 1},
                         {" on>", 1},
                         {"<mo", 1},
                         {" <<m", 1},
                         {" mo>", 1}});
}

TEST_CASE("character n-grams count as often as their token, in the subject too") {
  CHECK(
      counts_of(
          post("Subject: Moo\n\nmoo oo"),
          {.post_headers = false, .subject_weight = 4, .min_char_ngram = 4, .max_char_ngram = 4}) ==
      Counts{{"moo", 5}, {" <moo", 5}, {" moo>", 5}, {"oo", 1}, {" <oo>", 1}});
}

TEST_CASE("character n-grams are added to token n-grams and never span tokens") {
  CHECK(tokens_of("ab cd",
                  {.min_ngram = 1, .max_ngram = 2, .min_char_ngram = 3, .max_char_ngram = 3}) ==
        Tokens{"ab", "ab cd", " <ab", " ab>", "cd", " <cd", " cd>"});
  CHECK(tokens_of("ab cd",
                  {.min_ngram = 2, .max_ngram = 2, .min_char_ngram = 3, .max_char_ngram = 3}) ==
        Tokens{"ab cd", " <ab", " ab>", " <cd", " cd>"});
}

TEST_CASE("a run in a script without spaces has n-grams of its characters") {
  CHECK(tokens_of("我爱你", {}) == Tokens{"我", "我爱", "我爱你", "爱", "爱你", "你"});
  CHECK(tokens_of("我爱你们", {.min_script_ngram = 2, .max_script_ngram = 2}) ==
        Tokens{"我爱", "爱你", "你们"});
  CHECK(tokens_of("กินไ", {.max_script_ngram = 2}) == Tokens{"กิ", "กิน", "น", "นไ", "ไ"});
}

TEST_CASE("a run shorter than its n-grams is one of them") {
  CHECK(tokens_of("我, 你们 x", {.min_script_ngram = 3, .max_script_ngram = 4}) ==
        Tokens{"我", "你们", "x"});
}

TEST_CASE("n-grams of words and of runs do not mix") {
  const TextOptions options{.max_script_ngram = 2, .max_ngram = 2};
  CHECK(tokens_of("mix well 糖, 加入 very well", options) ==
        Tokens{"mix", "mix well", "well", "糖", "加", "加入", "入", "very", "very well", "well"});
  CHECK(char_ngrams_of("ab 我们", 2, 2) == Tokens{" <a", " ab", " b>"});
  // Other patterns have no such runs.
  CHECK(tokens_of("ab 我们", {.token_pattern = TokenPattern::kWords}) == Tokens{"ab", "我们"});
}

TEST_CASE("all n-grams of a long document stay valid") {
  constexpr int kTokens = 20'000;
  std::string text;
  Tokens expected;
  std::size_t bytes = 0;
  for (int i = 0; i < kTokens; ++i) {
    const std::string token = "t" + std::to_string(i);
    text += token + ' ';
    expected.push_back(token);
    const std::string marked = '<' + token + '>';
    for (std::size_t n = 2; n <= 3; ++n)
      for (std::size_t first = 0; first + n <= marked.size(); ++first) {
        expected.push_back(' ' + marked.substr(first, n));
        bytes += expected.back().size();
      }
  }
  constexpr std::size_t kManyBlocks = 655'360;
  REQUIRE(bytes > kManyBlocks);
  Analyzer analyzer({.min_char_ngram = 2, .max_char_ngram = 3});
  const Document document{"", "", text};
  const auto occurrences = analyzer.analyze(document);
  REQUIRE(occurrences.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (occurrences[i].token == expected[i]) continue;
    FAIL("token " << i << " is " << occurrences[i].token << ", expected " << expected[i]);
  }
  // The next document has its own n-grams.
  const Document next{"", "", "ab"};
  const auto few = analyzer.analyze(next);
  REQUIRE(few.size() == 6);
  CHECK(few[5].token == " ab>");
}

TEST_CASE("an empty document has no character n-grams") {
  CHECK(char_ngrams_of("", 1, 3).empty());
  CHECK(char_ngrams_of(" -- ", 1, 3).empty());
}

TEST_CASE("an empty document has no occurrences") {
  CHECK(counts_of(post("")).empty());
  CHECK(counts_of(post(" \n -- \n")).empty());
}

TEST_CASE("a document does not affect the next one") {
  Analyzer analyzer({.post_headers = false, .strip_quotes = true});
  CHECK(analyzer.analyze(post(kPost)).size() == 5);
  const Document next = post("Subject: ball\n\nbat");
  const auto occurrences = analyzer.analyze(next);
  REQUIRE(occurrences.size() == 2);
  CHECK(occurrences[0].token == "bat");
  CHECK(occurrences[1].token == "ball");
  CHECK(occurrences[1].count == 5);
}

TEST_CASE("n-grams of more than max_ngram tokens are long n-grams") {
  const TextOptions options{
      .max_ngram = 2, .min_char_ngram = 5, .max_char_ngram = 5, .max_long_ngram = 4};
  const std::string text = "red moon sky";
  CHECK(of_kind(TokenKind::kWord, text, options) ==
        Tokens{"red", "red moon", "moon", "moon sky", "sky"});
  CHECK(of_kind(TokenKind::kLongNgram, text, options) == Tokens{"red moon sky"});
  CHECK(of_kind(TokenKind::kCharNgram, text, options) ==
        Tokens{" <red>", " <moon", " moon>", " <sky>"});
}

TEST_CASE("there are no long n-grams unless max_long_ngram exceeds max_ngram") {
  for (const int longest : {0, 1, 2}) {
    const TextOptions options{.max_ngram = 2, .max_long_ngram = longest};
    CHECK(of_kind(TokenKind::kLongNgram, "red moon sky", options).empty());
    CHECK(tokens_of("red moon sky", options) == ngrams_of("red moon sky", 1, 2));
  }
}

TEST_CASE("long n-grams follow min_ngram and do not span a run in a script without spaces") {
  CHECK(of_kind(TokenKind::kLongNgram, "red moon 月 new sky", {.max_long_ngram = 2}) ==
        Tokens{"red moon", "new sky"});
  CHECK(tokens_of("red moon sky", {.min_ngram = 2, .max_ngram = 2, .max_long_ngram = 3}) ==
        Tokens{"red moon", "red moon sky", "moon sky"});
}

TEST_CASE("words and the number of words before them describe the n-grams of words") {
  const Document document = post("Subject: moon of Mars\n\nThe moon \u4e2d\u6587 orbit, of Mars");
  for (const int longest : {2, 3, 10}) {
    const TextOptions options{.min_ngram = 2, .max_ngram = longest};
    Counts counts;
    Analyzer analyzer(options);
    analyzer.for_each_block_of_words(document, [&](std::span<const TokenOccurrence> occurrences) {
      std::vector<bool> is_word(occurrences.size());
      const auto words = analyzer.words();
      for (std::size_t w = 0; w < words.size(); ++w) {
        const auto& [last, count, kind] = occurrences[words[w].occurrence];
        is_word[words[w].occurrence] = true;
        for (int n = 2; n <= std::min(longest, words[w].before + 1); ++n) {
          const auto first = words[w + 1 - static_cast<std::size_t>(n)].occurrence;
          const char* const begin = occurrences[first].token.data();
          counts[std::string(begin, last.data() + last.size())] += count;
        }
      }
      for (std::size_t o = 0; o < occurrences.size(); ++o)
        if (!is_word[o]) counts[std::string(occurrences[o].token)] += occurrences[o].count;
    });
    CHECK(counts == counts_of(document, options));
    CHECK(counts.count("moon of") == 1);
  }
}

TEST_CASE("a long document is analyzed in pieces that do not divide a word") {
  std::string text = "Subject: red moon\n\n";
  for (int i = 0; i < 100'000; ++i) text += "word" + std::to_string(i) + (i % 10 < 9 ? ' ' : '\n');
  const Document document = post(text);
  const TextOptions options{.max_ngram = 2, .min_char_ngram = 3, .max_char_ngram = 3};
  Analyzer analyzer(options), whole(options);
  TokenPlaces places;
  const auto all = whole.analyze(document, &places);
  std::size_t blocks = 0, next = 0;
  analyzer.for_each_block(document, [&](std::span<const TokenOccurrence> block) {
    ++blocks;
    std::size_t bytes = 0;
    for (const auto& [token, count, kind] : block) {
      if (all[next].token != token || all[next].count != count) FAIL("occurrence " << next);
      ++next;
      if (kind == TokenKind::kWord && token.find(' ') == token.npos) bytes += token.size() + 1;
    }
    CHECK(bytes <= Analyzer::kLongestPiece + 20);  // with the subject
  });
  CHECK(next == all.size());
  CHECK(blocks == text.size() / Analyzer::kLongestPiece + 1);
  REQUIRE(places.words.size() == 100'000 + 5);
  std::size_t pairs = 0;
  for (std::size_t w = 3; w < 100'003; ++w) {
    const auto& [begin, end] = places.words[w];
    if (text.substr(begin, end - begin) != "word" + std::to_string(w - 3)) FAIL("word " << w);
  }
  for (const TokenOccurrence& occurrence : all)
    pairs += occurrence.token.find(' ', 1) != std::string::npos;
  // Of "subject red moon word0 ... word99999" and of the subject, without those that cross a
  // division.
  CHECK(pairs == 100'002 - (blocks - 1) + 1);
}

TEST_CASE("a long text without white space is divided between characters") {
  std::string text;
  while (text.size() <= 2 * Analyzer::kLongestPiece) text += "\u00fc";
  const Tokens tokens = tokens_of("x" + text, {});
  REQUIRE(tokens.size() == 3);
  std::string joined;
  for (const std::string& token : tokens) joined += token;
  CHECK(joined == "x" + text);
}
