// SPDX-License-Identifier: MIT
// Parses command lines and configuration files in this process without running a command.
#include <map>
#include <random>

#include "cli/command_line.hpp"
#include "cli/config_file.hpp"
#include "cli/console.hpp"
#include "cli/option_tree.hpp"
#include "commands/commands.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// A parsed command line.
class Parsed {
 public:
  explicit Parsed(std::vector<std::string> words) : app_(make_app(console_)) {
    command_ = app_->get_subcommand(words.front());
    // The callback stays: it owns what the options are bound to.
    struct Complete {};
    command_->parse_complete_callback([] { throw Complete(); });
    try {
      app_->parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const Complete&) {
    }
  }

  std::string config() const { return config_text(*command_); }
  std::vector<std::string> values(const std::string& option) const {
    return command_->get_option(option)->results();
  }
  /// The values of all options that a configuration contains.
  std::map<std::string, std::vector<std::string>> all_values() const {
    std::map<std::string, std::vector<std::string>> values;
    for (const CLI::Option* option : command_->get_options())
      if (option->get_configurable() && option->count() > 0)
        values[option->get_name()] = option->results();
    return values;
  }

 private:
  Console console_;
  std::unique_ptr<CLI::App> app_;
  CLI::App* command_;
};

/// The error of a command line, or an empty string.
std::string complaint(const std::vector<std::string>& words) {
  try {
    Parsed{words};
  } catch (const CLI::Error& error) {
    return error.what();
  } catch (const WrongCommandLine& error) {
    return error.what();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

using Values = std::vector<std::string>;

}  // namespace

TEST_CASE("numbers must be whole words within their range, and not NaN") {
  CHECK(to_number<int>("12") == 12);
  CHECK(to_number<double>("1e-3") == 1e-3);
  for (const char* word : {"", " 1", "1 ", "1x", "+1", "0x1", "1,5", "2.5"})
    CHECK(!to_number<int>(word));
  CHECK(!to_number<int>("3000000000"));
  CHECK(parse_number("--x", "1", 0.0, 1.0) == 1);
  for (const char* word : {"60", "-0.1", "nan", "-nan", "inf", "one", ""})
    CHECK_THROWS_WITH(parse_number("--x", word, 0.0, 1.0),
                      "--x: must be a number from 0 to 1, got '" + std::string(word) + "'");
  CHECK_THROWS_WITH(parse_number("-k", "0", 1, 9, "all or "),
                    "-k: must be all or a number from 1 to 9, got '0'");
}

TEST_CASE("values of options are validated by the parser") {
  const Values train = {"train", "p", "-o", "m"};
  const auto refused = [&](const Values& more) {
    Values words = train;
    words.insert(words.end(), more.begin(), more.end());
    return complaint(words);
  };
  CHECK(refused({}) == "");
  CHECK(refused({"--max-memory", "800MB"}) == "");
  CHECK(refused({"--max-memory", "1.5 gib"}) == "");
  for (const std::string size :
       {"", "x", "0", "-1", "2XB", "nan", "1e99", "9999999TB", "1.2.3", "2kk"})
    CHECK(refused({"--max-memory", size}) ==
          "--max-memory: must be a size such as 800MB or 2GiB, got '" + size + "'");
  CHECK(refused({"--hidden", "10"}) == "--hidden: must be two numbers, such as 100,100");
  CHECK(refused({"--hidden", "10,x"}) == "--hidden: must be a number from 1 to 65536, got 'x'");
  CHECK(refused({"--text-column", "title:0"}) ==
        "--text-column: must be a number from 1 to 1000, got '0'");
  CHECK(refused({"--text-column", "a:b"}) == "");
  CHECK(refused({"--device", "cuda:200"}) == "--device: must be a number from 0 to 127, got '200'");
  CHECK(complaint({"predict", "m", "-k", "0"}) ==
        "-k: must be all or a number from 1 to 1000000000, got '0'");
  for (const std::string shard : {"", "1", "1/", "/2", "3/2", "0/2", "1/2/3", "a/b"})
    CHECK(complaint({"predict", "m", "--shard", shard}) ==
          "--shard: must be i/n, such as 1/4, got '" + shard + "'");
  CHECK(complaint({"predict", "m", "--shard", "2/2", "-k", "all"}) == "");
}

TEST_CASE("reading a printed configuration file restores every value") {
  const TempDir folder;
  std::mt19937 random(7);
  const Values pieces = {"#",    "\"",     "'",    "\\",  "\n", "\t",   "\r",     "\x01",
                         "\x7f", " ",      "=",    "[",   "]",  ",",    "{}",     "%",
                         "é",    "日本",   "😀",   "a",   "5",  "1e3",  "\\n",    "\\u",
                         "'''",  "\"\"\"", "true", "nan", "-",  "0.50", "\u2028", "\u0085"};
  const auto text = [&] {
    std::string out;
    for (std::size_t n = 1 + random() % 6; n > 0; --n) out += pieces[random() % pieces.size()];
    // On a command line a dash begins an option, and brackets enclose a list.
    return out.front() == '-' || out.front() == '[' ? "x" + out : out;
  };
  for (int round = 0; round < 300; ++round) {
    Values words = {"train", text(), text(), "-o", text(), "--valid=" + text()};
    for (const char* option : {"--id-column=", "--label-column=", "--label-prefix=",
                               "--stop-words=", "--class-weight=", "--log="})
      words.push_back(option + text());
    for (const char* flag : {"--keep-case", "--no-header", "--force", "--no-refit", "-q"})
      if (random() % 2 == 0) words.push_back(flag);
    words.push_back("--lr=" + Values{"1e-3", "0.001", "5", "0.5", "1E-3"}[random() % 5]);
    words.push_back("--seed=" + Values{"0", "007", "18446744073709551615"}[random() % 3]);
    const Parsed typed(words);
    const std::string file = folder.write("config.toml", typed.config());
    const Parsed read({"train", "--config", file});
    REQUIRE(read.config() == typed.config());
    for (const auto& [option, values] : typed.all_values()) REQUIRE(read.values(option) == values);
  }
}

TEST_CASE("values of a configuration file may be numbers, strings, booleans and lists") {
  const TempDir folder;
  const std::string file = folder.write("config.toml",
                                        "DATA = ['a', \"b # c\"]\noutput = \"m\" # the model\n"
                                        "lr = 0.5\nepochs = 1_000\nhidden = [20, 30]\n"
                                        "labels = \"x,y\"\nkeep-case = true\nforce = false\n");
  const Parsed parsed({"train", "--config", file});
  CHECK(parsed.values("DATA") == Values{"a", "b # c"});
  CHECK(parsed.values("--lr") == Values{"0.5"});
  CHECK(parsed.values("--epochs") == Values{"1000"});
  CHECK(parsed.values("--hidden") == Values{"20", "30"});
  CHECK(parsed.values("--labels") == Values{"x", "y"});
  CHECK(parsed.values("--keep-case") == Values{"true"});
  CHECK(parsed.values("--force").empty());
}

TEST_CASE("command-line options take precedence over a configuration file in every spelling") {
  const TempDir folder;
  const std::string file =
      folder.write("config.toml",
                   "DATA = ['p']\noutput = 'm'\nvalid-fraction = 0.1\nquiet = true\nepochs = 7\n");
  const Parsed parsed(
      {"train", "-qon", "--epochs=9", "--valid", "v", "--config", file, "--", "-r"});
  CHECK(parsed.values("DATA") == Values{"-r"});
  CHECK(parsed.values("--output") == Values{"n"});
  CHECK(parsed.values("--epochs") == Values{"9"});
  CHECK(parsed.values("--valid-fraction").empty());
  CHECK(parsed.values("--quiet") == Values{"true"});
}

TEST_CASE("a configuration file that cannot be read is an error") {
  const TempDir folder;
  const auto refused = [](const std::string& path) {
    return complaint({"train", "p", "-o", "m", "--config", path});
  };
  const std::string none = folder / "none", top = folder.path().string();
  CHECK(refused(none) == none + ": cannot open: No such file or directory; check the name");
  CHECK(refused(top) == top + ": this is a folder; give a file");
  CHECK(refused("/dev/zero") ==
        "/dev/zero: a configuration file must not be larger than 1 MiB; give a file written by "
        "--print-config");
  // Reading address 0 of a process fails with EIO.
  CHECK(refused("/proc/self/mem") == "/proc/self/mem: cannot read: Input/output error");
  const std::string bytes = folder.write("bytes", "epochs = 3\nlog = \"\xff\"\n");
  CHECK_THAT(refused(bytes), Contains(bytes + ":2: not TOML: ") && Contains("utf-8"));
}

TEST_CASE("a file that is not TOML is refused with its line, including files of older versions") {
  const TempDir folder;
  const auto refused = [&](const std::string& text) {
    return complaint({"train", "p", "-o", "m", "--config", folder.write("c", text)});
  };
  const std::string file = folder / "c";
  for (const char* line : {"output = model.bin", "labels = a,b", "epochs = ten", "epochs", "a = 'b",
                           "keep-case = True", "log = \"a\\q\"", "; a comment of an INI file"})
    CHECK_THAT(
        refused(std::string("epochs = 3\n") + line + "\n"),
        Catch::Matchers::StartsWith(file + ":2: not TOML: ") &&
            Catch::Matchers::EndsWith(
                "; write lines such as NAME = 10, NAME = true or NAME = \"text\"; --print-config "
                "writes such a file"));
}

TEST_CASE("the help of every command fits on a screen, and --help-all shows all options") {
  Console console;
  const auto app = make_app(console);
  for (const CLI::App* command : commands_of(*app)) {
    INFO(command->get_name());
    const auto page = [&](CLI::AppFormatMode mode) {
      return app->get_formatter()->make_help(command, "newsclf", mode);
    };
    const std::string common = page(CLI::AppFormatMode::Normal),
                      all = page(CLI::AppFormatMode::All);
    CHECK(std::ranges::count(common, '\n') <= 40);
    for (const CLI::Option* option : options_of(*command)) {
      const std::string line = "\n  " + heading_of(*option);
      INFO(line);
      CHECK_THAT(all, Contains(line + ' ') || Contains(line + '\n'));
      CHECK((common.find(line + ' ') != std::string::npos ||
             common.find(line + '\n') != std::string::npos) == !is_advanced(*option));
    }
  }
}

TEST_CASE("a configuration can be printed without the arguments that training requires") {
  const Parsed parsed({"train", "--print-config", "--epochs", "3"});
  CHECK_THAT(parsed.config(), Contains("\n# DATA = PATH\n") && Contains("\n# output = MODEL\n") &&
                                  Contains("\nepochs = 3\n"));
}

TEST_CASE("an option that is given twice is refused") {
  const Outcome outcome = run_newsclf({"train", "a", "-o", "m", "--epochs", "2", "--epochs", "3"});
  CHECK(outcome.status == 2);
  CHECK(outcome.err ==
        "newsclf: --epochs: is given 2 times; give it once; see newsclf train --help\n");
}
