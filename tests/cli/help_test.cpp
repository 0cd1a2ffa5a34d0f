// SPDX-License-Identifier: MIT
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

TEST_CASE("help pages go to stdout with status 0 and fit in 80 columns") {
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {}, {"train"}, {"eval"}, {"predict"}, {"info"}, {"check"}, {"compare"}, {"completion"}}) {
    std::vector<std::string> arguments = command;
    arguments.push_back("--help");
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
  const std::string help = run_newsclf({"train", "--help"}).out;
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
                       Contains("(default 100,100)") && Contains("(default 3)") &&
                       Contains("(default row-adam)"));
}

TEST_CASE("the option --version shows newsclf, LibTorch and the model format") {
  const Outcome outcome = run_newsclf({"--version"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out,
             Contains("newsclf " NEWSCLF_VERSION "\nLibTorch ") && Contains("\nmodel format 1\n"));
  CHECK_THAT(outcome.out, !Contains("not found"));
}

TEST_CASE("a wrong command line is one line on stderr and status 2") {
  const std::string commands = "train, eval, predict, info, check, compare or completion";
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "newsclf: which command? " + commands + "; see newsclf --help\n"},
      {{"zebra"}, "newsclf: 'zebra' is no command; " + commands + "; see newsclf --help\n"},
      {{"trian", "posts"},
       "newsclf: 'trian' is no command; did you mean 'train'?; see newsclf --help\n"},
      {{"--epochs", "3"}, "newsclf: --epochs is no option of newsclf; see newsclf --help\n"},
      {{"-q", "train", "posts"},
       "newsclf: -q goes behind the command: newsclf train -q; see newsclf train --help\n"},
      {{"train"}, "newsclf: DATA is required; see newsclf train --help\n"},
      {{"train", "posts"}, "newsclf: --output is required; see newsclf train --help\n"},
      {{"predict", "m", "--backend", "gpu"},
       "newsclf: --backend: 'gpu' is none of auto, native or torch; see newsclf predict --help\n"},
      {{"predict", "m", "--device", "cuda:x"},
       "newsclf: --device: 'cuda:x' is none of auto, cpu, cuda or cuda:N; see newsclf predict "
       "--help\n"},
      {{"train", "p", "-o", "m", "--weighting", "tfdf"},
       "newsclf: --weighting: 'tfdf' is none of count, binary, log or tfidf; did you mean "
       "'tfidf'?; "
       "see newsclf train --help\n"},
      {{"train", "p", "-o", "m", "--strip", "quotes,footer"},
       "newsclf: --strip: 'footer' is none of quotes or footers; did you mean 'footers'?; see "
       "newsclf train --help\n"},
      {{"train", "p", "-o", "m", "--wieghting", "log"},
       "newsclf: --wieghting is no option of train; did you mean --weighting?; see newsclf train "
       "--help\n"},
      {{"train", "p", "--ouput=m"},
       "newsclf: --ouput is no option of train; did you mean --output?; see newsclf train "
       "--help\n"},
      {{"predict", "m", "--zebra"},
       "newsclf: --zebra is no option of predict; see newsclf predict --help\n"},
      {{"predict", "m", "-x"}, "newsclf: -x is no option of predict; see newsclf predict --help\n"},
      {{"train", "p", "-o", "m", "--hidden", "100"},
       "newsclf: --hidden: give two numbers from 1 to 65536; see newsclf train --help\n"},
      {{"train", "p", "-o", "m", "--word-ngrams", "3-2"},
       "newsclf: --word-ngrams: '2' is no number from 3 to 10; see newsclf train --help\n"},
      {{"train", "p", "-o", "m", "--strip", "quotes,tabs"},
       "newsclf: --strip: 'tabs' is none of quotes or footers; see newsclf train --help\n"},
      {{"train", "p", "-o", "m", "--char-ngrams", "5-3"},
       "newsclf: --char-ngrams: '3' is no number from 5 to 10; see newsclf train --help\n"},
      {{"train", "p", "-o", "m", "--optimizer", "sgd"},
       "newsclf: --optimizer: 'sgd' is none of adam, lazy-adam or row-adam; see newsclf train "
       "--help\n"},
      {{"train", "p", "-o", "m", "--patience", "3"},
       "newsclf: --patience: it needs documents held out: --valid-fraction or --valid; see newsclf "
       "train --help\n"},
      {{"train", "p", "-o", "m", "--valid", "q", "--valid-fraction", "0.1"},
       "newsclf: --valid-fraction excludes --valid; see newsclf train --help\n"},
      {{"train", "p", "-o", "m", "--log", "-"},
       "newsclf: --log: the log is written to a file; give its name; see newsclf train --help\n"},
  };
  for (const auto& [arguments, expected] : cases) {
    const Outcome outcome = run_newsclf(arguments);
    CHECK(outcome.status == 2);
    CHECK(outcome.err == expected);
    CHECK(outcome.out.empty());
  }
}

TEST_CASE("a number out of range is refused with its range") {
  const auto refused = [](const char* option, const char* value, const std::string& message) {
    const Outcome outcome = run_newsclf({"train", "p", "-o", "m", option, value});
    CHECK(outcome.status == 2);
    CHECK(outcome.err == "newsclf: " + message + "; see newsclf train --help\n");
  };
  refused("--dropout", "1.5", "--dropout: '1.5' is no number from 0 to 0.99");
  refused("--dropout", "nan", "--dropout: 'nan' is no number from 0 to 0.99");
  refused("--members", "0", "--members: '0' is no number from 1 to 100");
  refused("--members", "101", "--members: '101' is no number from 1 to 100");
  refused("--label-smoothing", "1", "--label-smoothing: '1' is no number from 0 to 0.9");
  refused("--weight-decay", "-0.1", "--weight-decay: '-0.1' is no number from 0 to 1000000");
  refused("--weight-decay", "nan", "--weight-decay: 'nan' is no number from 0 to 1000000");
  refused("--valid-fraction", "1", "--valid-fraction: '1' is no number from 0 to 0.9");
  refused("--patience", "-1", "--patience: '-1' is no number from 0 to 1000000");
  refused("--epochs", "ten", "--epochs: 'ten' is no number from 1 to 1000000");
  refused("--seed", "-1", "--seed: '-1' is no number from 0 to 2^64-1");
  refused("--seed", "18446744073709551616",
          "--seed: '18446744073709551616' is no number from 0 to 2^64-1");
  CHECK(run_newsclf({"train", "p", "-o", "-"}).err ==
        "newsclf: --output: a model is written to a file; give its name; see newsclf train "
        "--help\n");
}

TEST_CASE("an option with a list of values does not swallow the data behind it") {
  const Outcome outcome = run_newsclf({"train", "-o", "m", "--labels", "a,b", "--hidden", "3,2",
                                       "--strip", "quotes", "/no/such/folder"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err,
             Contains("newsclf: m: ") || Contains("newsclf: /no/such/folder: cannot open: "));
}
