// SPDX-License-Identifier: MIT
// The candidates that the bash script offers; complete_in_shell.py tests all three shells.
#include <algorithm>
#include <sstream>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// The candidates that bash offers for the last of `words` (already split as bash does), in order.
std::vector<std::string> offered(const std::string& words) {
  const TempDir folder;
  const std::string script =
      folder.write("ask", "source <(\"$NEWSCLF\" completion bash)\nCOMP_WORDS=(" + words +
                              ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_newsclf\n"
                              "((${#COMPREPLY[@]} == 0)) || printf '%s\\n' \"${COMPREPLY[@]}\"\n");
  const Outcome outcome = run_shell("bash " + script);
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  std::istringstream lines(outcome.out);
  std::vector<std::string> result;
  for (std::string line; std::getline(lines, line);) result.push_back(line);
  return result;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("bash completes commands and the options of the whole program") {
  CHECK(offered("newsclf tr") == Words{"train"});
  CHECK(offered("newsclf --v") == Words{"--version"});
  const Words all = offered("newsclf ''");
  for (const char* command :
       {"train", "eval", "predict", "info", "completion", "manual", "help", "--help"})
    CHECK(std::count(all.begin(), all.end(), command) == 1);
}

TEST_CASE("bash completes the options of the given command") {
  CHECK(offered("newsclf train --weigh") == Words{"--weighting", "--weights", "--weight-decay"});
  CHECK(offered("newsclf train posts --val") == Words{"--valid-fraction", "--valid"});
  CHECK(offered("newsclf train --outp") == Words{"--output"});
  CHECK(offered("newsclf info --verif") == Words{"--verify"});
  CHECK(offered("newsclf predict --weigh").empty());
  CHECK(offered("newsclf zebra --h").empty());
}

TEST_CASE("bash offers every option on a help page") {
  for (const std::string command :
       {"train", "eval", "predict", "info", "cross-validate", "completion"}) {
    const Words all = offered("newsclf " + command + " -");
    std::istringstream page(run_newsclf({command, "--help-all"}).out);
    std::size_t options = 0;
    for (std::string line; std::getline(page, line);) {
      if (!line.starts_with("  -")) continue;
      const std::string names = line.substr(2, line.find(' ', 2) - 2);
      INFO(command << ' ' << names);
      CHECK(std::count(all.begin(), all.end(), names.substr(names.find(',') + 1)) == 1);
      ++options;
    }
    CHECK(options >= 3);
  }
}

TEST_CASE("bash completes the values of an option after a space or an equals sign") {
  CHECK(offered("newsclf train --weighting ''") == Words{"count", "binary", "log", "tfidf"});
  CHECK(offered("newsclf train --weighting tf") == Words{"tfidf"});
  CHECK(offered("newsclf train --weighting =") == Words{"count", "binary", "log", "tfidf"});
  CHECK(offered("newsclf train --weighting = b") == Words{"binary"});
  CHECK(offered("newsclf train --class-weight ''") == Words{"none", "balanced"});
  CHECK(offered("newsclf predict m --device cu") == Words{"cuda"});
  CHECK(offered("newsclf completion z") == Words{"zsh"});
  CHECK(offered("newsclf help tr") == Words{"train"});
}

TEST_CASE("bash completes lists of values, each value once") {
  CHECK(offered("newsclf train --strip ''") == Words{"quotes", "footers"});
  CHECK(offered("newsclf train --strip quotes,") == Words{"quotes,footers"});
  CHECK(offered("newsclf train --strip footers,q") == Words{"footers,quotes"});
}

TEST_CASE("bash offers no values for options that take a number or a name") {
  CHECK(offered("newsclf train --epochs ''").empty());
  CHECK(offered("newsclf train --labels ''").empty());
  CHECK(offered("newsclf train --output ''").empty());  // readline completes file names
}

TEST_CASE("completion scripts have valid syntax and describe their candidates") {
  CHECK(run_shell("\"$NEWSCLF\" completion bash | bash -n").status == 0);
  const std::string zsh = run_newsclf({"completion", "zsh"}).out;
  CHECK_THAT(zsh, Contains("'train:train a model on labelled documents'") &&
                      Contains("(--weighting)--weighting=[weight of a token in a document]:") &&
                      Contains("(-o --output)-o+[the model file to write]:MODEL:_files"));
  const std::string fish = run_newsclf({"completion", "fish"}).out;
  CHECK_THAT(
      fish, Contains(" -a train -d 'train a model on labelled documents'\n") &&
                Contains(" -l weighting -r -f -a 'count binary log tfidf' -d 'weight of a token") &&
                Contains(" -s o -l output -r -F -d 'the model file to write'\n"));
}

TEST_CASE("a shell without a completion script is an error that lists the supported shells") {
  const Outcome outcome = run_newsclf({"completion", "tcsh"});
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.err ==
        "newsclf: SHELL: must be bash, zsh or fish, got 'tcsh'; see newsclf completion --help\n");
}
