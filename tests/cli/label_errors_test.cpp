// SPDX-License-Identifier: MIT
// newsclf check --label-errors.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// 66 documents of three labels, of which each of `flipped` (line numbers from 1) has another
/// label; returns the path.
std::string corpus_with_flips(const TempDir& folder, const std::set<int>& flipped) {
  const std::string labels[] = {"cooking", "football", "weather"};
  const std::string words[] = {"oven salt pan recipe", "goal match team penalty",
                               "rain wind cloud storm"};
  std::string out;
  for (int number = 1; number <= 66; ++number) {
    const int topic = number % 3, label = (topic + (flipped.contains(number) ? 1 : 0)) % 3;
    out +=
        "__label__" + labels[label] + ' ' + words[topic] + " own" + std::to_string(number) + '\n';
  }
  return folder.write("german.txt", out);
}

}  // namespace

TEST_CASE("check --label-errors finds flipped labels and the words against them") {
  const TempDir folder;
  const std::set<int> flipped = {5, 23, 41, 60};
  const std::string file = corpus_with_flips(folder, flipped);
  const std::string plain = run_newsclf({"check", file, "-q"}).out;
  const Outcome outcome =
      run_newsclf({"check", file, "--label-errors", "4", "--json", folder / "check.json"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("\nfold 5/5: accuracy "));
  // All other output is as without the option.
  REQUIRE(outcome.out.starts_with(plain));
  CHECK_THAT(outcome.out.substr(plain.size()),
             Contains("\n4 documents predicted to have another label, least probable label first\n"
                      "        1  " +
                      file + ':') &&
                 Contains("\n             words for "));

  const auto report = nlohmann::json::parse(read_file(folder / "check.json"));
  REQUIRE(report["label_errors"].size() == 4);
  std::set<int> found;
  double last = 0;
  for (const auto& error : report["label_errors"]) {
    const std::string id = error["id"];
    found.insert(std::stoi(id.substr(id.rfind(':') + 1)));
    CHECK(error["label"] != error["predicted"]);
    CHECK(error["label_probability"] >= last);
    CHECK(error["probability"] > error["label_probability"]);
    last = error["label_probability"];
    const auto& words = error["words"];
    REQUIRE(!words.empty());
    CHECK(words.size() <= 5);
    for (std::size_t w = 0; w < words.size(); ++w) {
      CHECK(words[w]["contribution"] > 0);
      if (w > 0) CHECK(words[w]["contribution"] <= words[w - 1]["contribution"]);
    }
  }
  CHECK(found == flipped);
}

TEST_CASE("label errors do not depend on threads, and --strict ignores them") {
  const TempDir folder;
  const std::string file = corpus_with_flips(folder, {7});
  const auto check = [&](const char* threads) {
    return run_newsclf({"check", file, "--strict", "-q", "--json", "-", "--label-errors", "3",
                        "--threads", threads});
  };
  const Outcome one = check("1");
  CHECK(one.status == 0);
  CHECK(nlohmann::json::parse(one.out)["findings"].empty());
  CHECK(check("4").out == one.out);
}

TEST_CASE("label errors are looked for only on request and where cross-validation is possible") {
  const TempDir folder;
  const std::string few = folder.write("few.txt", "__label__a moon orbit\n__label__b bat ball\n");
  CHECK_THAT(run_newsclf({"check", few, "--json", "-"}).out, !Contains("label_errors"));
  const Outcome outcome = run_newsclf({"check", few, "-q", "--label-errors", "1"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("newsclf: training data: 5 folds need at least 5 documents"));
  CHECK(run_newsclf({"check", few, "--label-errors", "0"}).err ==
        "newsclf: --label-errors: must be a number from 1 to 1000000, got '0'; see newsclf check "
        "--help\n");
  // Every document is predicted to have its label.
  std::string easy;
  for (int d = 0; d < 20; ++d)
    easy += "__label__a moon orbit " + std::to_string(d) + "\n__label__b bat ball " +
            std::to_string(d) + "\n";
  CHECK_THAT(run_newsclf({"check", folder.write("easy.txt", easy), "--label-errors", "5"}).out,
             Contains("\n\nno document is predicted to have another label\n"));
}
