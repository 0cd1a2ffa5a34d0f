// SPDX-License-Identifier: MIT
// Small corpora in several languages and scripts, learned at the defaults.
#include <nlohmann/json.hpp>
#include <string>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

std::string corpus_file(const std::string& name, const char* part) {
  return source_file("tests/fixtures/languages/" + name + "." + part + ".txt");
}

/// The accuracy on the test part after training on the other part.
double accuracy_in(const std::string& name, std::vector<std::string> options = {}) {
  const TempDir folder;
  options.insert(options.begin(),
                 {"train", corpus_file(name, "train"), "-o", folder / "model", "-q"});
  REQUIRE(run_newsclf(options).status == 0);
  const Outcome outcome =
      run_newsclf({"eval", folder / "model", corpus_file(name, "test"), "--json", "-"});
  REQUIRE(outcome.status == 0);
  return nlohmann::json::parse(outcome.out)["accuracy"];
}

}  // namespace

TEST_CASE("every language and script is learned well above chance at the defaults") {
  // Three labels of equal frequency, two in emoji. All are learned perfectly, but emoji at 97.5 %;
  // floors are a little lower, as floating-point arithmetic differs between processors.
  struct Floor {
    const char* name;
    double accuracy;
  };
  constexpr double kMost = 0.94;  // at most 2 of 36 mistakes
  for (const auto& [name, accuracy] : {Floor{"german", kMost},
                                       {"arabic", kMost},
                                       {"hindi", kMost},
                                       {"korean", kMost},
                                       {"chinese", kMost},
                                       {"japanese", kMost},
                                       {"thai", kMost},
                                       {"mixed", kMost},
                                       {"emoji", 0.9}}) {
    INFO(name);
    CHECK(accuracy_in(name) >= accuracy);
  }
}

TEST_CASE("the token pattern words ignores emoji and does not split runs of characters") {
  // Both are learned no better than by chance.
  CHECK(accuracy_in("chinese", {"--token-pattern", "words", "--char-ngrams", "none"}) < 0.6);
  CHECK(accuracy_in("emoji", {"--token-pattern", "words"}) < 0.7);
}
