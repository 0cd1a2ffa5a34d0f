// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/train.hpp"
#include "newsclf/learning/tuning.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// Options of small and fast trainings, which a search can improve.
const std::vector<std::string> kSmall = {"--preset", "fast",     "--hidden", "8,4",    "--linear",
                                         "none",     "--epochs", "3",        "--seed", "1"};

Outcome tune(const std::string& model, std::vector<std::string> more) {
  more.insert(more.begin(), {"tune", sample_data() + "/train", "-o", model});
  more.insert(more.end(), kSmall.begin(), kSmall.end());
  return run_newsclf(more);
}

/// The trials of a log without their times.
std::vector<nlohmann::json> trials_in(const std::string& log) {
  std::vector<nlohmann::json> trials = read_log(log);
  REQUIRE_FALSE(trials.empty());
  CHECK(trials.front().contains("data"));
  trials.erase(trials.begin());
  for (nlohmann::json& trial : trials) trial.erase("seconds");
  return trials;
}

std::string last_line(std::string text) {
  text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

/// Runs the last line that tune printed, and returns the outcome.
Outcome run_line(const Outcome& tuned) {
  const std::string line = last_line(tuned.out);
  REQUIRE(line.starts_with("newsclf train "));
  return run_shell("\"$NEWSCLF\"" + line.substr(line.find(' ')));
}

}  // namespace

TEST_CASE("tune prints the command line of train that writes its model byte for byte") {
  const TempDir folder;
  const std::string model = folder / "the model";
  const Outcome tuned = tune(model, {"--trials", "24", "--json", folder / "report"});
  REQUIRE(tuned.status == 0);
  const std::string bytes = read_file(model);
  std::filesystem::remove(model);
  REQUIRE(run_line(tuned).status == 0);
  CHECK(read_file(model) == bytes);

  const auto report = nlohmann::json::parse(read_file(folder / "report"));
  CHECK_FALSE(report["options"].empty());
  for (const auto& [option, value] : report["options"].items())
    CHECK_THAT(last_line(tuned.out), Contains(" --" + option + ' ' + value.get<std::string>()));
  CHECK(report["command"] == last_line(tuned.out));
  CHECK(report["trials"] == 24);
  CHECK(report["search"]["difference"] > report["search"]["standard_error"]);
  CHECK(report["left_out"]["documents"] == 21);
  const double chosen = report["left_out"]["accuracy"],
               given = report["left_out"]["accuracy_as_given"];
  CHECK(report["left_out"]["difference"] == Approx(chosen - given));
  CHECK_THAT(tuned.out, Contains("24 trials, ") && Contains("\nin the search ") &&
                            Contains("\nleft out of it "));
  CHECK_THAT(tuned.err, Contains("\ntrial 1, 1 of 4 folds: options as given: ") &&
                            Contains("\ntrial 24, ") && Contains(" of 4 folds: --") &&
                            Contains("\nwrote "));
}

TEST_CASE("the line that tune prints has what was typed, whatever it is") {
  const TempDir folder;
  std::string records = "label,text\n", latin;
  for (int i = 0; i < 40; ++i)
    latin +=
        i % 2 == 0 ? fmt::format("space,orbit Caf\xe9 {}\n", i) : fmt::format("ball,Bat {}\n", i);
  for (int i = 0; i < 40; ++i)
    records += i % 2 == 0 ? fmt::format("space,moon {}\n", i) : fmt::format("ball,Ball {}\n", i);
  folder.write("-data.csv", records);
  folder.write("latin.csv", "label,text\n" + latin);
  const Outcome tuned =
      run_shell("cd '" + folder.path().string() +
                "' && \"$NEWSCLF\" tune --valid latin.csv -o m --trials 2 "
                "--preset fast --hidden 8,4 --linear none --keep-case=false -- -data.csv");
  REQUIRE(tuned.status == 0);
  CHECK_THAT(last_line(tuned.out),
             Contains("train ./-data.csv latin.csv ") && !Contains("--keep-case"));
  const std::string bytes = read_file(folder / "m");
  CHECK(load_model(folder / "m").training.repaired == 20);
  std::filesystem::remove(folder / "m");
  const std::string line = last_line(tuned.out);
  REQUIRE(
      run_shell("cd '" + folder.path().string() + "' && \"$NEWSCLF\"" + line.substr(line.find(' ')))
          .status == 0);
  CHECK(read_file(folder / "m") == bytes);
  CHECK_THAT(run_newsclf({"train", "posts", "-o", "m", "--keep-case=false", "--print-config"}).out,
             Contains("\nkeep-case = false\n"));
}

TEST_CASE("a search that was interrupted goes on from its log, with any number of threads") {
  const TempDir folder;
  const std::string whole = folder / "whole.jsonl", part = folder / "part.jsonl";
  const Outcome tuned = tune(folder / "a", {"--trials", "12", "--log", whole, "--threads", "1"});
  REQUIRE(tuned.status == 0);
  const std::string text = read_file(whole);
  std::size_t end = 0;
  for (int line = 0; line < 6; ++line) end = text.find('\n', end) + 1;
  write_file(part, text.substr(0, end + 20));  // 5 trials and part of a line
  const Outcome resumed = tune(folder / "b", {"--trials", "12", "--log", part, "--threads", "3"});
  REQUIRE(resumed.status == 0);
  CHECK_THAT(resumed.err, Contains("going on after 5 trials of ") && Contains("\ntrial 6, ") &&
                              !Contains("trial 5, "));
  CHECK(trials_in(part) == trials_in(whole));
  CHECK(read_file(folder / "a") == read_file(folder / "b"));
  CHECK(tuned.out.substr(0, tuned.out.rfind("newsclf")) ==
        resumed.out.substr(0, resumed.out.rfind("newsclf")));
  // More trials extend the search.
  REQUIRE(tune(folder / "b", {"--trials", "14", "--log", part, "--force"}).status == 0);
  std::vector<nlohmann::json> more = trials_in(part);
  CHECK(more.size() == 14);
  more.resize(12);
  CHECK(more == trials_in(whole));
}

TEST_CASE("options given by hand or by a preset are changed by no trial of tune") {
  const TempDir folder;
  const std::string log = folder / "log";
  REQUIRE(tune(folder / "model", {"--trials", "30", "--log", log, "--lr", "0.01"}).status == 0);
  std::set<std::string> changed;
  for (const auto& trial : trials_in(log))
    for (const auto& [option, value] : trial["options"].items()) changed.insert(option);
  for (const char* fixed : {"hidden", "epochs", "lr", "members", "inputs", "linear"})
    CHECK(changed.count(fixed) == 0);
  CHECK(changed.count("min-df") == 1);
  CHECK(changed.count("weight-decay") == 1);
}

TEST_CASE("a log of other documents or options, or another file, is refused and kept") {
  const TempDir folder;
  const std::string log = folder / "log", model = folder / "model";
  REQUIRE(tune(model, {"--trials", "2", "--log", log}).status == 0);
  const std::string before = read_file(log);
  const auto refusal = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--trials", "2", "--log", log, "--force", "-q"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = tune(model, arguments);
    CHECK(outcome.status == 1);
    CHECK(outcome.out.empty());
    return outcome.err;
  };
  CHECK(refusal({"--min-df", "2"}) ==
        "newsclf: " + log +
            ": this is the log of a search with other options: -k 4 --preset fast --hidden 8,4 "
            "--linear none --epochs 3 --seed 1; use another name for --log\n");
  CHECK_THAT(refusal({"--labels", "astronomy,cycling"}),
             Contains("this is the log of a search with other documents; use another name"));
  CHECK(read_file(log) == before);
  {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> other(std::fopen(log.c_str(), "ae"),
                                                                &std::fclose);
    REQUIRE(::flock(::fileno(other.get()), LOCK_EX) == 0);
    CHECK(refusal({}) ==
          "newsclf: " + log + ": another run is writing this log; use another name for --log\n");
  }
  write_file(log, "a line\n");
  CHECK(refusal({}) ==
        "newsclf: " + log + ", line 1: this is not a log of tune; use another name for --log\n");
  write_file(log, before.substr(0, before.find('\n') + 1) + "{\"trial\":1}\n");
  CHECK_THAT(refusal({}), Contains(", line 2: this is not a log of tune"));
}

TEST_CASE("a log that is not a regular file is not locked") {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> other(std::fopen("/dev/null", "re"),
                                                              &std::fclose);
  REQUIRE(::flock(::fileno(other.get()), LOCK_SH) == 0);
  const TempDir folder;
  CHECK(tune(folder / "model", {"--trials", "1", "--log", "/dev/null"}).status == 0);
}

TEST_CASE("a log is refused if a file among the options has changed") {
  const TempDir folder;
  const std::string log = folder / "log", words = folder.write("words", "moon\n");
  const std::vector<std::string> more = {"--trials", "2",  "--log",        log,
                                         "--force",  "-q", "--stop-words", words};
  REQUIRE(tune(folder / "model", more).status == 0);
  REQUIRE(tune(folder / "model", more).status == 0);
  write_file(words, "moon orbit\n");
  const Outcome refused = tune(folder / "model", more);
  CHECK(refused.status == 1);
  CHECK_THAT(refused.err, Contains("this is the log of a search with other options: -k 4 "
                                   "--stop-words ") &&
                              Contains(" (files: "));
}

TEST_CASE("documents of DATA are not also those of --valid") {
  const TempDir folder;
  const std::string data = sample_data() + "/train";
  const std::string message = "newsclf: " + data + ": this is already read as data; give it once\n";
  CHECK(tune(folder / "model", {"--trials", "2", "--valid", data, "-q"}).err == message);
  CHECK(train(folder / "model", {"--valid", data, "-q"}).err == message);
}

TEST_CASE("tune refuses an existing model before it searches") {
  const TempDir folder;
  const std::string model = folder.write("model", "mine");
  const Outcome refused = tune(model, {"--trials", "2"});
  CHECK(refused.status == 1);
  CHECK(refused.err == "newsclf: " + model +
                           ": this file already exists; use another name, or --force to "
                           "replace it\n");
  CHECK(read_file(model) == "mine");
  const Outcome forced = tune(model, {"--trials", "1", "--force"});
  CHECK(forced.status == 0);
  CHECK(forced.err.starts_with(model + " exists and will be replaced\n"));
}

TEST_CASE("the model of tune is not larger than --max-model-size") {
  const TempDir folder;
  const std::string model = folder / "model";
  const Outcome tuned = tune(model, {"--trials", "6", "--max-model-size", "60kB"});
  REQUIRE(tuned.status == 0);
  const std::string bytes = read_file(model);
  CHECK(bytes.size() <= 60'000);
  CHECK_THAT(last_line(tuned.out), Contains(" --max-model-size 60kB "));
  std::filesystem::remove(model);
  REQUIRE(run_line(tuned).status == 0);
  CHECK(read_file(model) == bytes);
  const Outcome small = tune(model, {"--trials", "6", "--max-model-size", "1000", "--force", "-q"});
  CHECK(small.status == 1);
  CHECK(small.err ==
        "newsclf: model: 1000 bytes are too few for its 3 labels; use a larger --max-size or, "
        "to train, --max-model-size\n");
  CHECK(read_file(model) == bytes);
}

TEST_CASE("with --valid, trials are scored on one half of these documents") {
  const TempDir folder;
  const std::string log = folder / "log", model = folder / "model";
  const Outcome tuned =
      tune(model, {"--valid", sample_data() + "/test", "--trials", "5", "--log", log});
  REQUIRE(tuned.status == 0);
  for (const auto& trial : trials_in(log)) CHECK(trial["scored"] == 21);
  CHECK_THAT(last_line(tuned.out),
             Contains("/train ") && Contains("/test ") && !Contains("--valid"));
  const std::string bytes = read_file(model);
  std::filesystem::remove(model);
  REQUIRE(run_line(tuned).status == 0);
  CHECK(read_file(model) == bytes);
  CHECK(load_model(model).training.documents == 102 + 42);
}

TEST_CASE("tune ends within --time") {
  const TempDir folder;
  const auto begin = std::chrono::steady_clock::now();
  const Outcome tuned = tune(folder / "model", {"--time", "4s", "--log", folder / "log"});
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  REQUIRE(tuned.status == 0);
  CHECK(trials_in(folder / "log").size() > 1);
  CHECK(elapsed.count() < 8);  // processes beside it may slow the last training
  CHECK_THAT(tune(folder / "model", {"--time", "0.001", "--force"}).err,
             Contains("\nnewsclf: warning: there was time only for the options as given; use a "
                      "longer --time\n"));
}

TEST_CASE("a wrong command line of tune is refused with what to do") {
  const auto error = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"tune", "posts"});
    const Outcome outcome = run_newsclf(arguments);
    CHECK(outcome.status == 2);
    return outcome.err;
  };
  const std::string see = "; see newsclf tune --help\n";
  CHECK(error({"-o", "m"}) == "newsclf: --trials: or --time is required" + see);
  CHECK(error({"--trials", "3"}) == "newsclf: --output is required" + see);
  CHECK(error({"-o", "-", "--trials", "3"}) ==
        "newsclf: --output: must be a file name, got '-'" + see);
  CHECK(error({"-o", "m", "--trials", "0"}) ==
        "newsclf: --trials: must be a number from 1 to 1000000, got '0'" + see);
  for (const char* time : {"0", "-3s", "5d", "s", "1e99h", "nan"})
    CHECK(error({"-o", "m", "--time", time}) ==
          std::string(
              "newsclf: --time: must be a time of at least 0.001 s, such as 90s, 5m or 1h, got '") +
              time + "'" + see);
  CHECK_THAT(error({"-o", "m", "--trials", "3", "--valid-fraction", "0.1"}),
             Contains("unknown option --valid-fraction for tune"));
  std::vector<std::string> all = {"tune", sample_data() + "/train", "-o", "m", "--trials", "3"};
  for (const char* option : {"--inputs=words", "--linear=none", "--char-ngrams=none", "--min-df=1",
                             "--token-scale=nb", "--nb-smoothing=1", "--members=1", "--hidden=4,4",
                             "--epochs=3", "--lr=0.01", "--weight-decay=0"})
    all.emplace_back(option);
  const Outcome fixed = run_newsclf(all);
  CHECK(fixed.status == 1);
  CHECK_THAT(fixed.err, Contains("newsclf: tuning: all options that are chosen have fixed values; "
                                 "leave some of them open, or train without a search\n"));
}

TEST_CASE("the help of tune lists all options that it chooses") {
  std::string help = run_newsclf({"tune", "--help-all"}).out;
  help = help.substr(help.find("\nSearch:"), help.find("\nText:") - help.find("\nSearch:"));
  for (const std::string_view option : tunable_options())
    CHECK_THAT(help, Contains(std::string(option)));
  CHECK_THAT(run_newsclf({"tune", "posts", "--trials", "7", "--print-config"}).out,
             Contains("\ntrials = 7\n") && Contains("\nk = 4\n"));
}
