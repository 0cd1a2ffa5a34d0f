// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/mistakes.hpp"

#include <cmath>

#include "newsclf/evaluation/judging.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

std::vector<Mistake> mistakes_of(const Classifier& classifier,
                                 const std::vector<Document>& documents, std::size_t most = 20) {
  Predictor predictor(classifier, 1);
  std::vector<JudgedDocument> judged;
  judge_documents(documents, predictor, false, judged);
  const Evaluation evaluation =
      evaluate(classifier.labels, std::move(judged), classifier.ensemble.temperature, {});
  return worst_mistakes(evaluation, documents, predictor, most);
}

std::vector<std::string> ids_of(const std::vector<Mistake>& mistakes) {
  std::vector<std::string> ids;
  for (const Mistake& mistake : mistakes) ids.push_back(mistake.id);
  return ids;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("mistakes with the same labels follow the most confident of them, ties in input order") {
  // The logits of baseball and space: moon 0.625 1.375, orbit 0.25 2, ball 1.25 0.
  const auto documents = corpus({{"baseball", "moon"},
                                 {"space", "moon"},
                                 {"baseball", "orbit"},
                                 {"space", "ball"},
                                 {"baseball", "an orbit"},
                                 {"hockey", "orbit"}});
  CHECK(ids_of(mistakes_of(tiny_classifier(), documents)) == Ids{"2", "4", "0", "5", "3"});
  // The probabilities decide which ones there are.
  CHECK(ids_of(mistakes_of(tiny_classifier(), documents, 4)) == Ids{"2", "4", "5", "3"});
  CHECK(ids_of(mistakes_of(tiny_classifier(), documents, 2)) == Ids{"2", "4"});
  CHECK(mistakes_of(tiny_classifier(), documents, 0).empty());
  CHECK(mistakes_of(tiny_classifier(), corpus({{"space", "moon"}})).empty());
}

TEST_CASE("half of the mistakes are the most confident ones of the most confused pairs") {
  const auto documents = corpus({{"baseball", "a moon"},
                                 {"baseball", "moon"},
                                 {"baseball", "the moon"},
                                 {"space", "ball"},
                                 {"hockey", "orbit"},
                                 {"hockey", "an orbit"}});
  CHECK(ids_of(mistakes_of(tiny_classifier(), documents, 1)) == Ids{"4"});
  CHECK(ids_of(mistakes_of(tiny_classifier(), documents, 2)) == Ids{"4", "0"});
  CHECK(ids_of(mistakes_of(tiny_classifier(), documents, 3)) == Ids{"4", "5", "0"});
  CHECK(ids_of(mistakes_of(tiny_classifier(), documents, 4)) == Ids{"4", "5", "3", "0"});
  CHECK(ids_of(mistakes_of(tiny_classifier(), documents)) == Ids{"4", "5", "3", "0", "1", "2"});
}

TEST_CASE("copies of a mistake with the same labels are listed with it") {
  auto documents = corpus({{"baseball", "orbit  now"},
                           {"hockey", "Orbit now"},
                           {"baseball", "orbit then"},
                           {"baseball", "Orbit\nNOW"},
                           {"baseball", "orbit now moon"},
                           {"baseball", "From: me\nSubject: orbit\n\nnow"},
                           {"baseball", "From: you\nSubject: Re: orbit\n\nnow\n"}});
  for (Document& document : documents) document.may_be_post = true;
  const auto mistakes = mistakes_of(tiny_classifier(), documents, 4);
  std::vector<Ids> groups;
  for (const Mistake& mistake : mistakes) {
    groups.push_back(mistake.copies);
    groups.back().insert(groups.back().begin(), mistake.id);
  }
  CHECK(groups == std::vector<Ids>{{"5", "6"}, {"4"}, {"0", "3"}, {"1"}});
}

TEST_CASE("a mistake contains both labels and their probabilities") {
  const auto mistakes =
      mistakes_of(tiny_classifier(), corpus({{"baseball", "orbit"}, {"hockey", "moon"}}));
  REQUIRE(mistakes.size() == 2);
  CHECK(mistakes[0].truth == "baseball");
  CHECK(mistakes[0].predicted == "space");
  CHECK(mistakes[0].probability == Approx(sigmoid(1.75)));
  REQUIRE(mistakes[0].probability_of_truth);
  CHECK(*mistakes[0].probability_of_truth == Approx(sigmoid(-1.75)));
  CHECK(mistakes[1].truth == "hockey");
  CHECK_FALSE(mistakes[1].probability_of_truth);
}

TEST_CASE("a mistake lists the tokens and words that contributed to the predicted label") {
  // Twice moon, once bat: logits 3.375 and 3.125; moon contributes 0.9 and bat 2.225 to baseball.
  const auto mistakes = mistakes_of(tiny_classifier(), corpus({{"space", "Moon, a BAT: moon"}}));
  REQUIRE(mistakes.size() == 1);
  const Mistake& mistake = mistakes[0];
  CHECK(mistake.predicted == "baseball");
  REQUIRE(mistake.in_favour.size() == 2);
  CHECK(mistake.in_favour[0].token == "bat");
  CHECK(mistake.in_favour[0].contribution == Approx(2.225));
  CHECK(mistake.in_favour[1].token == "moon");
  CHECK(mistake.in_favour[1].contribution == Approx(0.9));
  CHECK(mistake.against.empty());
  REQUIRE(mistake.words.size() == 3);
  CHECK(mistake.words[0].place == TextSpan{0, 4});
  CHECK(mistake.words[0].value == Approx(0.45));
  CHECK(mistake.words[1].place == TextSpan{8, 11});
  CHECK(mistake.words[1].value == Approx(2.225));
  CHECK(mistake.words[2].place == TextSpan{13, 17});
}

TEST_CASE("a mistake keeps the beginning of a long text, truncated between characters") {
  std::string text = "orbit ";
  while (text.size() < kShownBytes - 1) text += 'x';
  text += "\u00e4\u00f6 orbit";  // the first of these characters crosses the limit
  auto documents = corpus({{"baseball", ""}});
  documents[0].text = text;
  const auto mistakes = mistakes_of(tiny_classifier(), documents);
  REQUIRE(mistakes.size() == 1);
  CHECK(mistakes[0].text == text.substr(0, kShownBytes - 1));
  CHECK(mistakes[0].characters_left == 8);
  REQUIRE(mistakes[0].words.size() == 1);
  // Each of the two occurrences gets half, even if it is not shown.
  CHECK(mistakes[0].words[0].value == Approx(2));
  CHECK(mistakes[0].in_favour[0].contribution == Approx(4));
}
