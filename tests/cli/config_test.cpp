// SPDX-License-Identifier: MIT
// --config and --print-config.
#include <sstream>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

Outcome print_config(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"train", "--print-config"});
  const Outcome outcome = run_newsclf(arguments);
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  return outcome;
}

/// The configuration without comments and empty lines.
std::string values(const std::string& config) {
  std::istringstream lines(config);
  std::string out;
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line.front() != '#') out += line + '\n';
  return out;
}

}  // namespace

TEST_CASE("the configuration contains every option, with given values or defaults") {
  const TempDir folder;
  const std::string text = print_config({"posts", "-o", "m", "--epochs", "3", "--hidden", "20,30",
                                         "--strip", "quotes,footers", "--labels", "a,b",
                                         "--keep-case", "--device", "cpu", "--threads", "1"})
                               .out;
  CHECK(!std::filesystem::exists(folder / "m"));
  CHECK_THAT(text, Contains("\nDATA = [\"posts\"]\n") && Contains("\noutput = \"m\"\n") &&
                       Contains("\nepochs = 3\n") && Contains("\nhidden = \"20,30\"\n") &&
                       Contains("\nstrip = \"quotes,footers\"\n") &&
                       Contains("\nlabels = \"a,b\"\n") && Contains("\nkeep-case = true\n") &&
                       Contains("\ndevice = \"cpu\"\n") && Contains("\nthreads = 1\n"));
  CHECK_THAT(text,
             Contains("\nno-refit = false\n") && Contains("\nweighting = \"tfidf\"\n") &&
                 Contains("\n# initial learning rate (default 0.0014 to 0.004, lower for fewer "
                          "documents)\n# lr = RATE\n"));
  // Every option of the help page except those about help and the configuration itself.
  std::istringstream page(run_newsclf({"train", "--help-all"}).out);
  std::size_t options = 0;
  for (std::string line; std::getline(page, line);) {
    const std::size_t dashes = line.find("--");
    if (!line.starts_with("  -") || dashes > 6) continue;
    const std::string name = line.substr(dashes + 2, line.find(' ', dashes) - dashes - 2);
    const bool is_there = text.find("\n" + name + " = ") != std::string::npos ||
                          text.find("\n# " + name + " = ") != std::string::npos;
    INFO(name);
    CHECK(is_there ==
          (name != "help" && name != "help-all" && name != "config" && name != "print-config"));
    ++options;
  }
  CHECK(options > 30);
}

TEST_CASE("reading a printed configuration and printing it gives the same text") {
  const TempDir folder;
  const std::vector<std::vector<std::string>> command_lines = {
      {"posts", "-o", "m"},
      {"a b", "c", "-o", "m x", "--valid", "held out", "--no-calibration", "--patience", "2"},
      {"p", "-o", "m", "--valid-fraction", "0.125", "--lr", "1e-3", "--char-ngrams", "none"},
      {"p", "-o", "m\\n", "--class-weight", "it's.tsv", "--max-memory", "2GiB", "-qv", "--force"},
      {"p", "-o", "m", "--word-ngrams", "1-2", "--seed", "18446744073709551615", "--log", "l"},
  };
  for (const std::vector<std::string>& arguments : command_lines) {
    const std::string text = print_config(arguments).out;
    const std::string file = folder.write("config", text);
    CHECK(print_config({"--config", file}).out == text);
  }
}

TEST_CASE("command-line options take precedence over the configuration") {
  const TempDir folder;
  const std::string file =
      folder.write("config",
                   "epochs = 7\noutput = \"m\"\nvalid-fraction = 0.1\nDATA = [\"p\"]\n"
                   "labels = \"a,b\" # and no others\nquiet = true\n");
  CHECK_THAT(values(print_config({"--config", file}).out),
             Contains("epochs = 7\n") && Contains("output = \"m\"\n") &&
                 Contains("DATA = [\"p\"]\n") && Contains("valid-fraction = 0.1\n") &&
                 Contains("labels = \"a,b\"\n") && Contains("quiet = true\n"));
  CHECK_THAT(values(print_config({"q", "-on", "--config=" + file, "--valid", "v", "--epochs=9",
                                  "--labels", "c"})
                        .out),
             Contains("epochs = 9\n") && Contains("output = \"n\"\n") &&
                 Contains("DATA = [\"q\"]\n") && Contains("valid = [\"v\"]\n") &&
                 !Contains("valid-fraction") && Contains("labels = \"c\"\n"));
  CHECK_THAT(values(print_config({"--config", file, "--", "-r"}).out),
             Contains("DATA = [\"-r\"]\n"));
}

TEST_CASE("options and their configuration train the same model") {
  const TempDir folder;
  const std::vector<std::string> options = {sample_data() + "/train",
                                            "-o",
                                            folder / "a",
                                            "--epochs",
                                            "2",
                                            "--strip",
                                            "quotes",
                                            "--char-ngrams",
                                            "3-4",
                                            "--weighting",
                                            "log",
                                            "--no-refit",
                                            "--valid-fraction",
                                            "0.2",
                                            "-q"};
  const std::string file = folder.write("config", print_config(options).out);
  std::vector<std::string> typed = options;
  typed.insert(typed.begin(), "train");
  REQUIRE(run_newsclf(typed).status == 0);
  const Outcome read = run_newsclf({"train", "--config", file, "-o", folder / "b"});
  CHECK(read.err.empty());
  REQUIRE(read.status == 0);
  CHECK(read_file(folder / "a") == read_file(folder / "b"));
}

TEST_CASE("eval reads a configuration too") {
  const TempDir folder;
  const std::string model = folder / "m";
  save_model(tiny_classifier(), model);
  folder.write("data/space/1", "moon");
  folder.write("data/baseball/1", "bat");
  folder.write("data/cooking/1", "salt");
  const std::string file = folder.write("config", "known-labels = true\nquiet = true\n");
  const Outcome outcome = run_newsclf({"eval", model, folder / "data", "--config", file});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("2 of 2 documents"));
}

TEST_CASE("an error in a configuration is one line") {
  const TempDir folder;
  const auto refused = [&](const char* text) {
    const Outcome outcome =
        run_newsclf({"train", "p", "-o", "m", "--config", folder.write("c", text)});
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    return outcome.err;
  };
  const std::string file = folder / "c", end = "; see newsclf train --help\n";
  CHECK(refused("\nepoch = 3\n") ==
        "newsclf: " + file + ":2: epoch: unknown option for train; did you mean epochs?\n");
  CHECK(refused("zebra = 3\n") == "newsclf: " + file + ":1: zebra: unknown option for train" + end);
  CHECK(refused("[train]\nepochs = 3\n") ==
        "newsclf: " + file + ":1: train: sections are not supported; remove [train]\n");
  CHECK(refused("print-config = true\n") ==
        "newsclf: " + file + ":1: print-config: unknown option for train" + end);
  CHECK(refused("keep-case = 3\n") ==
        "newsclf: " + file + ":1: keep-case: must be true or false" + end);
  CHECK(refused("epochs = 1979-05-27\n") ==
        "newsclf: " + file +
            ":1: epochs: must be a number, text, true or false; put text in quotes\n");
  CHECK(refused("epochs = \"ten\"\n") ==
        "newsclf: --epochs: must be a number from 1 to 1000000, got 'ten'" + end);
  CHECK(refused("weighting = \"tfdf\"\n") ==
        "newsclf: --weighting: must be count, binary, log or tfidf, got 'tfdf'; did you mean "
        "'tfidf'?" +
            end);
}

TEST_CASE("a configuration that cannot be read leaves the model unchanged") {
  const TempDir folder;
  const std::string model = folder.write("m", "the old one");
  for (const char* config : {"/proc/self/mem", "/dev/zero", "/", "/no/such/file"}) {
    const Outcome outcome = run_newsclf(
        {"train", sample_data() + "/train", "-o", model, "--force", "--config", config});
    CHECK(outcome.status == 1);
    CHECK(read_file(model) == "the old one");
    CHECK_THAT(outcome.err, Catch::Matchers::StartsWith(std::string("newsclf: ") + config + ": "));
  }
}

TEST_CASE("a value that is not UTF-8 is refused by print-config, not changed") {
  const Outcome outcome = run_newsclf({"train", "a\xff", "-o", "m", "--print-config"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err,
             Contains("the value of DATA is not UTF-8, as a configuration file must be: "));
}

TEST_CASE("a configuration may be read from a pipe") {
  const Outcome outcome = run_shell(
      "echo 'epochs = 5' | \"$NEWSCLF\" train --print-config --config /dev/stdin | grep ^epochs");
  CHECK(outcome.out == "epochs = 5\n");
}
