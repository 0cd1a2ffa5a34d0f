// SPDX-License-Identifier: MIT
#include "newsclf/features/analyzer.hpp"

#include <map>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Counts = std::map<std::string, int>;

Counts counts_of(const Document& document, const TextOptions& options = {}) {
  Analyzer analyzer(options);
  Counts counts;
  for (const auto& [token, count] : analyzer.analyze(document)) counts[std::string(token)] += count;
  return counts;
}

/// The n-grams of a text in order.
std::vector<std::string> ngrams_of(const std::string& text, int shortest, int longest) {
  Analyzer analyzer({.min_ngram = shortest, .max_ngram = longest});
  std::vector<std::string> ngrams;
  for (const auto& [token, count] : analyzer.analyze({"", "", text})) ngrams.emplace_back(token);
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

TEST_CASE("the subject of a post counts so many more times") {
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

TEST_CASE("without its headers a post still has its subject") {
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

TEST_CASE("quotes are left out of the body alone") {
  CHECK(counts_of(post(kPost), {.strip_quotes = true}) ==
        Counts{{"from", 1}, {"ann", 2}, {"subject", 1}, {"moon", 6}, {"orbit", 2}, {"author", 1}});
  CHECK(counts_of(post("Subject: Bob said: moon\n\norbit"),
                  {.strip_quotes = true, .subject_weight = 0}) ==
        Counts{{"subject", 1}, {"bob", 1}, {"said", 1}, {"moon", 1}, {"orbit", 1}});
}

TEST_CASE("the footer is left out") {
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

TEST_CASE("all that can be stripped is stripped together") {
  CHECK(counts_of(post(kPost),
                  {.post_headers = false, .strip_quotes = true, .strip_footers = true}) ==
        Counts{{"moon", 5}, {"orbit", 2}});
}

TEST_CASE("a footer is found where quotes still stand") {
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

TEST_CASE("options on posts leave other documents alone") {
  const auto documents = corpus({{"space", "> moon\nBob said: orbit\n\nball"}});
  CHECK(counts_of(documents[0],
                  {.post_headers = false, .strip_quotes = true, .strip_footers = true}) ==
        Counts{{"moon", 1}, {"bob", 1}, {"said", 1}, {"orbit", 1}, {"ball", 1}});
}

TEST_CASE("case and pattern are those of the options, in the subject too") {
  CHECK(counts_of(post("Subject: Moon-Base\n\nMoon moon"),
                  {.subject_weight = 2, .keep_case = true}) ==
        Counts{{"Subject", 1}, {"Moon", 4}, {"Base", 3}, {"moon", 1}});
  CHECK(counts_of(post("Subject: Moon-Base\n\nmoon!"),
                  {.subject_weight = 2, .token_pattern = TokenPattern::kNonspace}) ==
        Counts{{"subject:", 1}, {"moon-base", 3}, {"moon!", 1}});
}

TEST_CASE("an n-gram is a run of neighbouring tokens with one space between") {
  CHECK(ngrams_of("Moon,  orbit -- ball", 1, 2) ==
        std::vector<std::string>{"moon", "moon orbit", "orbit", "orbit ball", "ball"});
}

TEST_CASE("shorter runs than the shortest do not count") {
  CHECK(ngrams_of("a b c d", 2, 3) ==
        std::vector<std::string>{"a b", "a b c", "b c", "b c d", "c d"});
  CHECK(ngrams_of("a b c d", 3, 3) == std::vector<std::string>{"a b c", "b c d"});
}

TEST_CASE("a document shorter than the shortest n-gram has none") {
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

TEST_CASE("an empty document has no occurrences") {
  CHECK(counts_of(post("")).empty());
  CHECK(counts_of(post(" \n -- \n")).empty());
}

TEST_CASE("what one document holds does not show in the next") {
  Analyzer analyzer({.post_headers = false, .strip_quotes = true});
  CHECK(analyzer.analyze(post(kPost)).size() == 5);
  const Document next = post("Subject: ball\n\nbat");
  const auto occurrences = analyzer.analyze(next);
  REQUIRE(occurrences.size() == 2);
  CHECK(occurrences[0].token == "bat");
  CHECK(occurrences[1].token == "ball");
  CHECK(occurrences[1].count == 5);
}
