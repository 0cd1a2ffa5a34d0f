// SPDX-License-Identifier: MIT
// Trainings that are larger than memory, and --cache.
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "cli/train.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace fs = std::filesystem;

namespace {

/// Records of many rare words.
std::string many_words() {
  std::string records = "label,text\n";
  for (int i = 0; i < 40'000; ++i)
    records += fmt::format("{},w{} v{} u{}\n", i % 2 == 0 ? "space" : "ball", i, i, i);
  return records;
}

/// Records of many words, few of which are different: their rows are large.
std::string long_records() {
  std::string records = "label,text\n";
  for (int i = 0; i < 4'000; ++i) {
    records += i % 2 == 0 ? "space," : "ball,";
    for (int w = 0; w < 500; ++w) records += fmt::format("{} ", (i * 7 + w) % 1000);
    records += "\n";
  }
  return records;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE("a training from disk writes the model of a training in memory") {
  const TempDir folder;
  const std::string records =
      "label,text\nspace,moon orbit\nball,bat ball\nspace,moon\nball,ball\n";
  const std::string csv = folder.write("a.csv", records), gz = folder / "sample.tar.gz";
  run_shell("tar -czf '" + gz + "' -C '" + sample_data() + "' train");
  struct Case {
    std::string name, data;
    std::vector<std::string> more;
  };
  for (const auto& [name, data, more] : std::vector<Case>{
           {"a tree", sample_data() + "/train", {}},
           {"an archive", gz, {}},
           {"CSV", csv, {"--min-df", "1"}},
           {"standard input", "-", {"--linear", "none"}},
           {"held-out documents", sample_data() + "/train", {"--valid-fraction", "0.2"}},
           {"documents to hold out",
            sample_data() + "/train",
            {"--valid", sample_data() + "/test"}},
           {"other tokens",
            sample_data() + "/train",
            {"--char-ngrams", "2-4", "--max-features", "500", "--stop-words", "english",
             "--token-scale", "none", "--norm", "none", "--weighting", "log"}}}) {
    INFO(name);
    const auto run = [&](const std::string& model, const std::string& cache) {
      std::vector<std::string> arguments = {"train", data,       "-o", folder / model, "--hidden",
                                            "16,8",  "--epochs", "2",  "--force"};
      arguments.insert(arguments.end(), more.begin(), more.end());
      if (!cache.empty()) arguments.insert(arguments.end(), {"--cache", folder / cache});
      return run_newsclf(arguments, data == "-" ? records : "");
    };
    const Outcome in_memory = run("memory", "");
    const Outcome from_disk = run("disk", "cache");
    REQUIRE(in_memory.status == 0);
    REQUIRE(from_disk.status == 0);
    CHECK_THAT(from_disk.err, Contains("training from files in " + (folder / "cache") + "\n"));
    CHECK((read_file(folder / "memory") == read_file(folder / "disk")));
    // And again, with the rows that were kept.
    const Outcome again = run("disk", "cache");
    CHECK_THAT(again.err, Contains("reused " + (folder / "cache") +
                                   "/rows.safetensors: same documents and tokens\n"));
    CHECK((read_file(folder / "memory") == read_file(folder / "disk")));
    fs::remove_all(folder / "cache");
  }
}

TEST_CASE("a training that would take more than --max-memory is one from disk") {
  const TempDir folder;
  const std::string data = folder.write("a.csv", many_words());
  const auto run = [&](const std::string& model, const std::vector<std::string>& more) {
    fs::create_directory(folder / model);
    std::vector<std::string> arguments = {
        "train",         data,   "-o",        folder / (model + "/m"),
        "--hidden",      "2,2",  "--members", "1",
        "--linear",      "none", "--epochs",  "1",
        "--char-ngrams", "none"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_newsclf(arguments);
  };
  REQUIRE(run("memory", {}).status == 0);
  const Outcome rows = run("rows", {"--max-memory", "158MB"});
  CHECK(rows.status == 0);
  CHECK_THAT(rows.err, Contains("training from files in " + (folder / "rows") + "\n"));
  CHECK((read_file(folder / "memory/m") == read_file(folder / "rows/m")));
  CHECK(names_in(folder / "rows") == std::vector<std::string>{"m"});

  const Outcome refused = run("refused", {"--max-memory", "10MB"});
  CHECK(refused.status == 1);
  CHECK_THAT(refused.err,
             Contains("training from files in ") &&
                 Contains("newsclf: training: it would take about 15") &&
                 Contains(" MB of memory, but the limit is 10.0 MB; use fewer tokens"));
  CHECK(names_in(folder / "refused").empty());
}

TEST_CASE("kept rows are written anew for other documents, other tokens, and if damaged") {
  const TempDir folder;
  const std::string cache = folder / "new/cache", rows = cache + "/rows.safetensors";
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--cache", cache, "--force"});
    return train(folder / "m", more).err;
  };
  const std::string written = "wrote " + rows + "\n", reused = "reused " + rows;
  CHECK_THAT(run({}), Contains(written));
  CHECK_THAT(run({"--seed", "3", "--dropout", "0.3"}), Contains(reused) && !Contains(written));
  CHECK_THAT(run({"--min-df", "2"}), Contains(written) && !Contains(reused));
  CHECK_THAT(run({"--min-df", "2", "--labels", "astronomy,cycling"}),
             Contains(written) && !Contains(reused));
  CHECK_THAT(run({"--min-df", "2", "--labels", "astronomy,cycling"}), Contains(reused));

  REQUIRE(train(folder / "expected").status == 0);
  CHECK_THAT(run({}), Contains(written));
  const std::string whole = read_file(rows);
  for (const std::size_t place : {std::size_t{3}, std::size_t{300}, whole.size() / 2}) {
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ 1);
    write_file(rows, damaged);
    const std::string err = run({});
    CHECK_THAT(err, Contains("warning: " + rows + ": ") &&
                        Contains("; it will be written anew\n") && Contains(written));
    CHECK((read_file(folder / "m") == read_file(folder / "expected")));
    CHECK((read_file(rows) == whole));
  }
  write_file(rows, whole.substr(0, whole.size() / 2));
  CHECK_THAT(run({}), Contains("; it will be written anew\n") && Contains(written));
  CHECK(names_in(cache) == std::vector<std::string>{"rows.safetensors"});
}

TEST_CASE("rows are not reused for documents whose columns end elsewhere") {
  const TempDir folder;
  const std::string header = "label,title,body\nball,bat,ball\nball,ball,bat\nspace,orbit,moon\n";
  const std::string one = folder.write("1.csv", header + "space,moon,\"orbit\nlaunch\"\n");
  const std::string two = folder.write("2.csv", header + "space,\"moon\norbit\",launch\n");
  const auto run = [&](const std::string& data, const std::string& model,
                       const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "train",         data,  "-o",       folder / model, "--epochs",      "1",
        "--min-df",      "1",   "--hidden", "4,4",          "--text-column", "title:5",
        "--text-column", "body"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run_newsclf(arguments);
    REQUIRE(outcome.status == 0);
    return outcome.err;
  };
  run(one, "1", {"--cache", folder / "cache"});
  run(two, "expected", {});
  CHECK_THAT(run(two, "2", {"--cache", folder / "cache"}), !Contains("reused"));
  CHECK((read_file(folder / "2") == read_file(folder / "expected")));
}

TEST_CASE("a second training that begins again from disk leaves one line per epoch in the log") {
  const TempDir folder;
  const Outcome outcome = run_newsclf({"train",
                                       folder.write("a.csv", many_words()),
                                       "-o",
                                       folder / "m",
                                       "--hidden",
                                       "2,2",
                                       "--members",
                                       "1",
                                       "--linear",
                                       "none",
                                       "--epochs",
                                       "1",
                                       "--char-ngrams",
                                       "none",
                                       "--valid-fraction",
                                       "0.9",
                                       "--max-memory",
                                       "158.5MB",
                                       "--log",
                                       folder / "log"});
  REQUIRE(outcome.status == 0);
  const std::string first = "training on 4,000 documents (36,000 held out)";
  const std::size_t from_disk = outcome.err.find("training from files in ");
  CHECK(outcome.err.find(first) < from_disk);  // the second one did not fit into memory
  CHECK(outcome.err.find(first, from_disk) < outcome.err.size());
  const std::string log = read_file(folder / "log");
  CHECK(std::ranges::count(log, '\n') == 2);
}

TEST_CASE("the rows of held-out documents count as memory") {
  const TempDir folder;
  const std::string data = folder.write("a.csv", long_records());
  // Half of the rows would fit, and a second training on all of them would not.
  const Outcome outcome = run_newsclf({"train", data, "-o", folder / "m", "--hidden", "2,2",
                                       "--members", "1", "--linear", "none", "--epochs", "1",
                                       "--valid-fraction", "0.5", "--max-memory", "168MB"});
  REQUIRE(outcome.status == 0);
  CHECK(outcome.err.find("training from files in ") < outcome.err.find("training on "));
}

TEST_CASE("a signal leaves no file in the folder of --cache") {
  const TempDir folder;
  std::string binary = run_shell("echo \"$NEWSCLF\"").out;
  binary.pop_back();
  FILE* const input = ::popen(
      ("echo $$ > '" + (folder / "pid") + "'; exec '" + binary + "' train - -o '" + (folder / "m") +
       "' --cache '" + (folder / "cache") + "' 2> '" + (folder / "err") + "'")
          .c_str(),
      "w");
  REQUIRE(input != nullptr);
  const std::string records = many_words();
  std::fwrite(records.data(), 1, records.size(), input);
  std::fflush(input);
  for (int tries = 0; !fs::exists(folder / "cache"); ++tries) {
    REQUIRE(tries < 6000);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  REQUIRE(::kill(std::stoi(read_file(folder / "pid")), SIGTERM) == 0);
  const int raw = ::pclose(input);
  CHECK(WIFEXITED(raw));
  CHECK(WEXITSTATUS(raw) == 143);
  CHECK(names_in(folder / "cache").empty());
  CHECK_FALSE(fs::exists(folder / "m"));
}

TEST_CASE("a file of rows that is cut during the training ends it with one line") {
  const TempDir folder;
  const std::string cache = folder / "cache", rows = cache + "/rows.safetensors";
  REQUIRE(train(folder / "m", {"--cache", cache}).status == 0);
  const std::string model = read_file(folder / "m");
  const std::string command = "exec \"$NEWSCLF\" train '" + sample_data() + "/train' -o '" +
                              (folder / "m") + "' --force --epochs 100000 --cache '" + cache +
                              "' 2>&1";
  FILE* const output = ::popen(command.c_str(), "r");
  REQUIRE(output != nullptr);
  std::string out;
  for (int c = std::fgetc(output); c != EOF; c = std::fgetc(output)) {
    out += static_cast<char>(c);
    if (out.ends_with("\nepoch ")) fs::resize_file(rows, 4096);
  }
  const int raw = ::pclose(output);
  REQUIRE(WIFEXITED(raw));
  CHECK(WEXITSTATUS(raw) == 1);
  CHECK_THAT(out, Contains("reused " + rows) &&
                      Contains("newsclf: a file that was in use was cut, or its disk failed; "
                               "run again\n"));
  CHECK((read_file(folder / "m") == model));
}

TEST_CASE("a full disk ends a training from disk with one message") {
  const TempDir folder;
  const std::string data = folder.write("a.csv", many_words()), cache = folder / "cache";
  const Outcome outcome = run_shell("ulimit -f 100; \"$NEWSCLF\" train '" + data + "' -q -o '" +
                                    (folder / "m") + "' --cache '" + cache + "' 2>&1");
  CHECK(outcome.status == 1);
  CHECK(outcome.out == "newsclf: " + cache +
                           ": cannot write the cache: File too large; free space there, or name a "
                           "folder on another disk with --cache\n");
  CHECK(names_in(cache).empty());
}

TEST_CASE("the folder of --cache is none of the data") {
  const TempDir folder;
  const std::string tree = folder / "tree";
  fs::copy(sample_data() + "/train", tree, fs::copy_options::recursive);
  const Outcome outcome = train(folder / "m", {"--cache", tree + "/astronomy"});
  REQUIRE(outcome.status == 0);  // of other data
  const Outcome refused = run_newsclf(
      {"train", tree, "-o", folder / "n", "--cache", tree + "/cycling", "--epochs", "1"});
  CHECK(refused.status == 1);
  CHECK_THAT(refused.err, Contains("this is in " + tree +
                                   ", which is read as data; use another "
                                   "name for --cache"));
  const std::string fresh = tree + "/rows";
  CHECK(run_newsclf({"train", tree, "-o", folder / "n", "--cache", fresh}).status == 1);
  CHECK_FALSE(fs::exists(fresh));
  const Outcome twice = train(folder / "k", {"--cache", folder / "cache", "--checkpoint",
                                             folder / "cache/rows.safetensors"});
  CHECK(twice.status == 1);
  CHECK_THAT(twice.err, Contains("--checkpoint also writes this file"));
  const Outcome file = train(folder / "k", {"--cache", folder / "m"});
  CHECK(file.status == 1);
  CHECK_THAT(file.err, Contains(folder / "m") && Contains("use another folder for --cache"));
}
