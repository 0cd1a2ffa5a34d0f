// SPDX-License-Identifier: MIT
#include "newsclf/features/marked_words.hpp"

#include <cctype>
#include <map>
#include <string>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// The words of a document as `word=value` in text order, if its tokens have these numbers.
std::string marked(const Document& document, const std::map<std::string, float>& numbers,
                   const TextOptions& options = {}) {
  TokenTable table;
  std::vector<std::int32_t> columns;
  std::vector<float> values;
  for (const auto& [token, number] : numbers) {
    columns.push_back(table.insert(token));
    values.push_back(number);
  }
  const Vectorizer vectorizer({options, {}, {}}, Vocabulary(std::move(table)), {}, nullptr);
  std::string out;
  for (const auto& [place, value] : mark_words(vectorizer, document, {columns, values})) {
    if (!out.empty()) out += ' ';
    std::string number = std::to_string(value);
    number.resize(number.find('.') + 3);
    out += document.text.substr(place.begin, place.end - place.begin) + '=' + number;
  }
  return out;
}

Document text(const char* words) { return corpus({{"", words}})[0]; }

}  // namespace

TEST_CASE("words are marked at their places and keep their spelling") {
  CHECK(marked(text("The MOON, an \u00c9toile; orbit"), {{"moon", 1.5f}, {"\u00e9toile", -2}}) ==
        "MOON=1.50 \u00c9toile=-2.00");
  const Vectorizer none({}, Vocabulary(TokenTable()), {}, nullptr);
  CHECK(mark_words(none, text("moon"), {}).empty());
}

TEST_CASE("a token's number is divided among its occurrences") {
  CHECK(marked(text("moon ball Moon"), {{"moon", 3}, {"ball", 0}}) ==
        "moon=1.50 ball=0.00 Moon=1.50");
}

TEST_CASE("an n-gram's number is divided among its words") {
  const TextOptions pairs{.max_ngram = 2};
  CHECK(marked(text("space-shuttle orbit"), {{"space shuttle", 2}, {"orbit", 1}}, pairs) ==
        "space=1.00 shuttle=1.00 orbit=1.00");
  CHECK(marked(text("a b c"), {{"a b", 2}, {"b c", -4}, {"b", 8}}, pairs) ==
        "a=1.00 b=7.00 c=-2.00");
}

TEST_CASE("the numbers of a word's character n-grams are added to the word") {
  const TextOptions options{.min_char_ngram = 3, .max_char_ngram = 3};
  // <moon> is <mo moo oon on>, <moor> is <mo moo oor or>.
  CHECK(marked(text("moon moor"), {{" <mo", 2}, {" oon", 1}, {" or>", 4}, {"moor", -1}}, options) ==
        "moon=2.00 moor=4.00");
}

TEST_CASE("in a script without spaces, the numbers of n-grams are divided among the characters") {
  CHECK(marked(text("我爱你, moon"), {{"我爱", 2}, {"爱你", 4}, {"爱", 1}, {"moon", 1}}) ==
        "我=1.00 爱=4.00 你=2.00 moon=1.00");
}

TEST_CASE("words are marked in their original spelling, even if it is not NFC") {
  CHECK(marked(text("un cafe\u0301 \u2764\ufe0f!"), {{"caf\u00e9", 1}, {"\u2764", 2}}) ==
        "cafe\u0301=1.00 \u2764\ufe0f=2.00");
}

TEST_CASE("a subject's words are marked once, with the sum over all readings of the subject") {
  const Document document = post("From: ann\nSubject: Moon base\n\nmoon");
  // Moon counts 1 + 5 times in the subject and once in the body.
  CHECK(marked(document, {{"moon", 7}, {"base", -1}}) == "Moon=6.00 base=-1.00 moon=1.00");
  CHECK(marked(document, {{"moon", 6}}, {.post_headers = false}) == "Moon=5.00 moon=1.00");
  // Here the token is `subject:moon` in the header block and `moon` in the subject.
  CHECK(marked(post("Subject:Moon\n\nx"), {{"moon", 1}, {"subject:moon", 2}},
               {.token_pattern = TokenPattern::kNonspace}) == "Subject:Moon=3.00");
}

TEST_CASE("parts of a post that the analyzer strips are not marked") {
  const Document document =
      post("Subject: x\nFrom: moon\n\nAnn writes:\n> moon one\nmoon two\n> moon\nthe moon\n\nmoon");
  const TextOptions stripped{.post_headers = false, .strip_quotes = true, .strip_footers = true};
  CHECK(marked(document, {{"moon", 2}, {"two", 1}, {"one", 5}}, stripped) ==
        "moon=1.00 two=1.00 moon=1.00");
  // An n-gram may begin before a quote and end after it.
  TextOptions pairs = stripped;
  pairs.max_ngram = 2;
  CHECK(marked(document, {{"two the", 2}}, pairs) == "two=1.00 the=1.00");
  CHECK(marked(document, {{"moon", 5}}, {.strip_quotes = true}) ==
        "moon=1.25 moon=1.25 moon=1.25 moon=1.25");
}

TEST_CASE("the analyzer returns the places of the words of every token") {
  Analyzer analyzer({.strip_quotes = true, .max_ngram = 2});
  const Document document = post("Subject: Moon\n\n> quoted\nball  BAT");
  TokenPlaces places;
  const auto occurrences = analyzer.analyze(document, &places);
  REQUIRE(places.runs.size() == occurrences.size());
  for (std::size_t o = 0; o < occurrences.size(); ++o) {
    std::string spelled;
    for (std::size_t w = 0; w < places.runs[o].count; ++w) {
      const TextSpan place = places.words[places.runs[o].first + w];
      if (w > 0) spelled += ' ';
      for (const char c : document.text.substr(place.begin, place.end - place.begin))
        spelled += static_cast<char>(std::tolower(c));
    }
    CHECK(spelled == occurrences[o].token);
  }
}
