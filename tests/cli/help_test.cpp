// SPDX-License-Identifier: MIT
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

TEST_CASE("help pages go to stdout with status 0 and fit in 80 columns") {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{},
                                             {"train"},
                                             {"eval"},
                                             {"predict"},
                                             {"info"},
                                             {"check"},
                                             {"compare"},
                                             {"cross-validate"},
                                             {"tune"},
                                             {"completion"},
                                             {"manual"},
                                             {"help"}}) {
    std::vector<std::string> arguments = command;
    arguments.push_back(command.empty() ? "--help" : "--help-all");
    const Outcome outcome = run_newsclf(arguments);
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    CHECK_THAT(outcome.out, Contains("Usage: newsclf"));
    std::size_t begin = 0;
    for (std::size_t end; (end = outcome.out.find('\n', begin)) != std::string::npos;
         begin = end + 1)
      CHECK(end - begin <= 80);
  }
}

TEST_CASE("the help of train groups its options, shows defaults and ends with examples") {
  const std::string help = run_newsclf({"train", "--help-all"}).out;
  std::size_t place = 0;
  for (const char* group : {"\nData:\n", "\nValidation:\n", "\nText:\n", "\nModel:\n",
                            "\nTraining:\n", "\nOutput:\n", "\nGeneral:\n", "\nExamples:\n"}) {
    INFO(group);
    const std::size_t found = help.find(group);
    REQUIRE(found != std::string::npos);
    CHECK(found > place);
    place = found;
  }
  CHECK_THAT(help, Contains("--subject-weight N") && Contains("(default tfidf)") &&
                       Contains("(default 100,100)") && Contains("(default 3; --preset fast: 1)") &&
                       Contains("(default row-rmsprop)"));
}

TEST_CASE("help is shown for a command, for newsclf, and without arguments") {
  const auto shows = [](const std::vector<std::string>& arguments,
                        const std::vector<std::string>& same) {
    const Outcome outcome = run_newsclf(arguments);
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    CHECK(outcome.out == run_newsclf(same).out);
  };
  shows({"help", "train"}, {"train", "--help"});
  shows({"help", "help"}, {"help", "-h"});
  shows({"help"}, {"--help"});
  shows({}, {"--help"});
  shows({"-V"}, {"--version"});
  const std::string page = run_newsclf({}).out;
  for (const char* command : {"train", "compare", "manual", "help"})
    CHECK_THAT(page, Contains(std::string("\n  ") + command + " "));
  const Outcome wrong = run_newsclf({"help", "trian"});
  CHECK(wrong.status == 2);
  CHECK_THAT(wrong.err, Contains("newsclf: COMMAND: must be train, ") &&
                            Contains("did you mean 'train'?; see newsclf help --help\n"));
}

TEST_CASE("the option --version shows newsclf, LibTorch and the model format") {
  const Outcome outcome = run_newsclf({"--version"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out,
             Contains("newsclf " NEWSCLF_VERSION "\nLibTorch ") && Contains("\nmodel format 2\n"));
  CHECK_THAT(outcome.out, !Contains("not found"));
}

TEST_CASE("a wrong command line gives one line on stderr and status 2") {
  const std::string commands =
      "train, eval, predict, info, check, compare, threshold, compress, cross-validate, "
      "tune, completion, manual or help";
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"zebra"}, "newsclf: unknown command 'zebra'; use " + commands + "; see newsclf --help\n"},
      {{"trian", "posts"},
       "newsclf: unknown command 'trian'; did you mean 'train'?; see newsclf --help\n"},
      {{"--epochs", "3"}, "newsclf: unknown option --epochs for newsclf; see newsclf --help\n"},
      {{"-q", "train", "posts"},
       "newsclf: -q must follow the command: newsclf train -q; see newsclf train --help\n"},
      {{"train"}, "newsclf: DATA is required; see newsclf train --help\n"},
      {{"train", "posts"}, "newsclf: --output is required; see newsclf train --help\n"},
      {{"predict", "m", "--backend", "gpu"},
       "newsclf: --backend: must be auto, native or torch, got 'gpu'; see newsclf predict "
       "--help\n"},
      {{"predict", "m", "--device", "cuda:x"},
       "newsclf: --device: must be a number from 0 to 127, got 'x'; see newsclf predict "
       "--help\n"},
      {{"train", "p", "-o", "m", "--weighting", "tfdf"},
       "newsclf: --weighting: must be count, binary, log or tfidf, got 'tfdf'; did you mean "
       "'tfidf'?; "
       "see newsclf train --help\n"},
      {{"train", "p", "-o", "m", "--strip", "quotes,footer"},
       "newsclf: --strip: must be quotes or footers, got 'footer'; did you mean 'footers'?; see "
       "newsclf train --help\n"},
      {{"train", "p", "-o", "m", "--wieghting", "log"},
       "newsclf: unknown option --wieghting for train; did you mean --weighting?; see newsclf "
       "train "
       "--help\n"},
      {{"train", "p", "--ouput=m"},
       "newsclf: unknown option --ouput for train; did you mean --output?; see newsclf train "
       "--help\n"},
      {{"predict", "m", "--zebra"},
       "newsclf: unknown option --zebra for predict; see newsclf predict --help\n"},
      {{"predict", "m", "-x"},
       "newsclf: unknown option -x for predict; see newsclf predict --help\n"},
      {{"train", "p", "-o", "m", "--hidden", "100"},
       "newsclf: --hidden: must be two numbers, such as 100,100; see newsclf train --help\n"},
      {{"train", "p", "-o", "m", "--word-ngrams", "3-2"},
       "newsclf: --word-ngrams: must be a number from 3 to 10, got '2'; see newsclf train "
       "--help\n"},
      {{"train", "p", "-o", "m", "--strip", "quotes,tabs"},
       "newsclf: --strip: must be quotes or footers, got 'tabs'; see newsclf train --help\n"},
      {{"train", "p", "-o", "m", "--char-ngrams", "5-3"},
       "newsclf: --char-ngrams: must be a number from 5 to 10, got '3'; see newsclf train "
       "--help\n"},
      {{"train", "p", "-o", "m", "--optimizer", "sgd"},
       "newsclf: --optimizer: must be adam or row-rmsprop, got 'sgd'; see newsclf train "
       "--help\n"},
      {{"train", "p", "-o", "m", "--patience", "3"},
       "newsclf: --patience: needs held-out documents: --valid-fraction or --valid; see newsclf "
       "train --help\n"},
      {{"train", "p", "-o", "m", "--valid", "q", "--valid-fraction", "0.1"},
       "newsclf: --valid-fraction excludes --valid; see newsclf train --help\n"},
      {{"train", "p", "-o", "m", "--log", "-"},
       "newsclf: --log: must be a file name, got '-'; see newsclf train --help\n"},
  };
  for (const auto& [arguments, expected] : cases) {
    const Outcome outcome = run_newsclf(arguments);
    CHECK(outcome.status == 2);
    CHECK(outcome.err == expected);
    CHECK(outcome.out.empty());
  }
}

TEST_CASE("a number out of range is refused and the range is shown") {
  const auto refused = [](const char* option, const char* value, const std::string& message) {
    const Outcome outcome = run_newsclf({"train", "p", "-o", "m", option, value});
    CHECK(outcome.status == 2);
    CHECK(outcome.err == "newsclf: " + message + "; see newsclf train --help\n");
  };
  refused("--dropout", "1.5", "--dropout: must be a number from 0 to 0.99, got '1.5'");
  refused("--dropout", "nan", "--dropout: must be a number from 0 to 0.99, got 'nan'");
  refused("--members", "0", "--members: must be a number from 1 to 100, got '0'");
  refused("--members", "101", "--members: must be a number from 1 to 100, got '101'");
  refused("--label-smoothing", "1", "--label-smoothing: must be a number from 0 to 0.9, got '1'");
  refused("--weight-decay", "-0.1",
          "--weight-decay: must be a number from 0 to 1000000, got '-0.1'");
  refused("--weight-decay", "nan", "--weight-decay: must be a number from 0 to 1000000, got 'nan'");
  refused("--valid-fraction", "1", "--valid-fraction: must be a number from 0 to 0.9, got '1'");
  refused("--patience", "-1", "--patience: must be a number from 0 to 1000000, got '-1'");
  refused("--epochs", "ten", "--epochs: must be a number from 1 to 1000000, got 'ten'");
  refused("--seed", "-1", "--seed: must be a number from 0 to 18446744073709551615, got '-1'");
  refused("--seed", "18446744073709551616",
          "--seed: must be a number from 0 to 18446744073709551615, got '18446744073709551616'");
  CHECK(run_newsclf({"train", "p", "-o", "-"}).err ==
        "newsclf: --output: must be a file name, got '-'; see newsclf train --help\n");
}

TEST_CASE("an option with a list of values does not consume the data after it") {
  const Outcome outcome = run_newsclf({"train", "-o", "m", "--labels", "a,b", "--hidden", "3,2",
                                       "--strip", "quotes", "/no/such/folder"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err,
             Contains("newsclf: m: ") || Contains("newsclf: /no/such/folder: cannot open: "));
}
