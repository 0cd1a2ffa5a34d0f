// SPDX-License-Identifier: MIT
// Commands never write over their inputs, and replace existing files only with --force.
#include <filesystem>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace fs = std::filesystem;

namespace {

constexpr const char* kRecords =
    "{\"label\":\"space\",\"text\":\"moon orbit moon\"}\n"
    "{\"label\":\"space\",\"text\":\"orbit shuttle\"}\n"
    "{\"label\":\"baseball\",\"text\":\"bat and ball\"}\n"
    "{\"label\":\"baseball\",\"text\":\"ball game\"}\n";

/// A folder with every kind of file that `train` and `eval` read.
struct InputFolder : TempDir {
  std::string data = write("d.jsonl", kRecords);
  std::string valid = write("valid.jsonl", kRecords);
  std::string weights = write("weights", "space\t2\nbaseball\t1\n");
  std::string words = write("words", "and\n");
  std::string config = write("config", "epochs = 1\n");
  std::string model = *this / "m";
  const std::vector<std::string> files = {data, valid, weights, words, config};

  /// Runs a short training that reads all of the files.
  Outcome train(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {
        "train",        data,  "--valid",  valid, "--class-weight", weights, "--config",     config,
        "--stop-words", words, "--hidden", "4,4", "--members",      "1",     "--batch-size", "4"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_newsclf(arguments);
  }
};

void check_refused(const Outcome& outcome, const std::string& message) {
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK(outcome.err == "newsclf: " + message + "\n");
}

}  // namespace

TEST_CASE("train does not write its log or model over a file that it reads") {
  const InputFolder folder;
  const std::string is[] = {"read as data", "also given to --valid", "also given to --class-weight",
                            "also given to --stop-words", "also given to --config"};
  for (std::size_t f = 0; f < folder.files.size(); ++f) {
    const std::string& file = folder.files[f];
    const std::string bytes = read_file(file);
    CAPTURE(file);
    const auto message = [&](const char* option) {
      return file + ": this is " + is[f] + "; use another name for " + option;
    };
    check_refused(folder.train({"-o", folder.model, "--log", file}), message("--log"));
    check_refused(folder.train({"-o", folder.model, "--log", file, "--force"}), message("--log"));
    check_refused(folder.train({"-o", file, "--force"}), message("--output"));
    CHECK(read_file(file) == bytes);
  }
  CHECK_FALSE(fs::exists(folder.model));
}

TEST_CASE("an input is detected under any name") {
  const InputFolder folder;
  const auto refused = [&](const std::string& log) {
    check_refused(folder.train({"-o", folder.model, "--log", log, "--force"}),
                  log + ": this is read as data; use another name for --log");
    CHECK(read_file(folder.data) == kRecords);
  };
  fs::create_hard_link(folder.data, folder / "hard");
  fs::create_symlink("d.jsonl", folder / "soft");
  fs::create_directory_symlink(".", folder / "here");
  refused(folder / "hard");
  refused(folder / "soft");
  refused(folder / "./d.jsonl");
  refused(folder / "here/d.jsonl");
}

TEST_CASE("a file on standard input is refused as an output too") {
  const InputFolder folder;
  const Outcome outcome = run_shell("\"$NEWSCLF\" train - -o " + folder.model + " --log " +
                                    folder.data + " --force < " + folder.data);
  check_refused(outcome, folder.data + ": this is read as data; use another name for --log");
  CHECK(read_file(folder.data) == kRecords);
}

TEST_CASE("keyword values of options are not treated as input files") {
  const InputFolder folder;
  const Outcome outcome = run_shell("cd " + folder.path().string() +
                                    " && \"$NEWSCLF\" train d.jsonl -o english --log balanced -q "
                                    "--epochs 1 --stop-words english --class-weight balanced");
  CHECK(outcome.err.empty());
  CHECK(fs::exists(folder / "balanced"));
}

TEST_CASE("an output inside the data folder is refused if it would be read as a document") {
  const TempDir folder;
  for (const char* const file : {"tree/space/1", "tree/space/2"}) folder.write(file, "moon orbit");
  for (const char* const file : {"tree/bats/1", "tree/bats/2"}) folder.write(file, "bat and ball");
  const std::string tree = folder / "tree";
  const auto train = [&](const std::string& model, const std::string& log) {
    return run_newsclf({"train", tree, "-o", model, "--log", log, "-q", "--epochs", "1"});
  };
  const std::string inside = ": this is in " + tree + ", which is read as data; use another name ";
  fs::create_directory_symlink("tree/space", folder / "posts");
  for (const std::string name : {"tree/space/x", "tree/space/deep/x", "tree/new/x", "posts/x"}) {
    const std::string file = folder / name;
    check_refused(train(folder / "m", file), file + inside + "for --log");
    check_refused(train(file, folder / "log"), file + inside + "for --output");
    CHECK_FALSE(fs::exists(file));
  }
  const std::string report = folder / "tree/space/report";
  check_refused(run_newsclf({"check", folder / "tree", "--json", report}),
                report + inside + "for --json");
  // A file beside the label folders is not a document.
  CHECK(train(folder / "tree/m", folder / "tree/log").status == 0);
}

TEST_CASE("an archive is refused as an output, even if only a folder in it is read") {
  const TempDir folder;
  const std::string archive = folder.write("posts.tar", "precious");
  for (const std::string& data : {archive, archive + "/space"})
    check_refused(run_newsclf({"train", data, "-o", folder / "m", "--log", archive, "--force"}),
                  archive + ": this is read as data; use another name for --log");
  CHECK(read_file(archive) == "precious");
}

TEST_CASE("results are not written over any file that a command reads") {
  const InputFolder folder;
  save_model(tiny_classifier(), folder.model);
  save_model(tiny_classifier(), folder / "second");
  const std::string bytes = read_file(folder.model);
  const std::string test = folder.write("test.jsonl", kRecords);
  const std::string config = folder.write("options", "threads = 1\n");
  using Words = std::vector<std::string>;
  const auto refused = [&](Words words, const Words& options, const std::string& file,
                           const std::string& is) {
    for (const std::string& option : options) {
      Words line = words;
      line.insert(line.end(), {option, file});
      check_refused(run_newsclf(line),
                    file + ": this is " + is + "; use another name for " + option);
    }
  };
  const Words eval = {"eval", folder.model, folder.data, "--config", config};
  const Words compare = {"compare", folder.model, folder / "second", folder.data};
  const Words check = {"check", folder.data, "--test", test};
  refused(eval, {"--json", "--report", "--predictions"}, folder.model, "the model itself");
  refused(eval, {"--json", "--report", "--predictions"}, folder.data, "read as data");
  refused(eval, {"--json", "--report", "--predictions"}, config, "also given to --config");
  refused(compare, {"--json", "--predictions"}, folder / "second", "the model itself");
  refused(compare, {"--json", "--predictions"}, folder.data, "read as data");
  refused(check, {"--json"}, folder.data, "read as data");
  refused(check, {"--json"}, test, "also given to --test");
  refused({"info", folder.model}, {"--json"}, folder.model, "the model itself");
  const bool are_models_intact =
      read_file(folder.model) == bytes && read_file(folder / "second") == bytes;
  CHECK(are_models_intact);
  CHECK(read_file(folder.data) == kRecords);
  CHECK(read_file(test) == kRecords);
  CHECK(read_file(config) == "threads = 1\n");
}

TEST_CASE("standard output must not be a file that is read") {
  const InputFolder folder;
  save_model(tiny_classifier(), folder.model);
  const auto refused = [&](const std::string& words, const std::string& file,
                           const std::string& is) {
    const std::string bytes = read_file(file);
    const Outcome outcome = run_shell("\"$NEWSCLF\" " + words + " >> " + file);
    check_refused(outcome, "standard output: this is " + is + "; write it to another file");
    CHECK(read_file(file) == bytes);
  };
  refused("predict " + folder.model + " " + folder.data, folder.data, "read as data");
  refused("predict " + folder.model + " < " + folder.words, folder.words, "read as data");
  refused("eval " + folder.model + " " + folder.data, folder.data, "read as data");
  refused("info " + folder.model, folder.model, "the model itself");
}

TEST_CASE("an existing log is replaced only with --force, and a message says so") {
  const InputFolder folder;
  const std::string log = folder.write("log", "of an older training\n");
  check_refused(folder.train({"-o", folder.model, "--log", log}),
                log + ": this file already exists; use another name, or --force to replace it");
  CHECK(read_file(log) == "of an older training\n");
  CHECK_FALSE(fs::exists(folder.model));

  const Outcome forced = folder.train({"-o", folder.model, "--log", log, "--force"});
  CHECK(forced.status == 0);
  CHECK(forced.err.find(log + " exists and will be replaced\n") == 0);
  CHECK_THAT(read_file(log), Catch::Matchers::StartsWith("{\"epoch\":1,"));
}

TEST_CASE("a log may be a device or a pipe") {
  const InputFolder folder;
  CHECK(folder.train({"-o", folder.model, "--log", "/dev/null"}).status == 0);
  const Outcome outcome = run_shell("\"$NEWSCLF\" train " + folder.data + " -o " + folder.model +
                                    " -q --force --epochs 1 --log /dev/stdout | cat");
  CHECK_THAT(outcome.out, Catch::Matchers::StartsWith("{\"epoch\":1,"));
}

TEST_CASE("a log that is or would be the model file is refused") {
  const InputFolder folder;
  const auto refused = [&](const std::string& log, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"-o", folder.model, "--log", log};
    arguments.insert(arguments.end(), more.begin(), more.end());
    check_refused(folder.train(arguments),
                  log + ": --output also writes this file; use another name for --log");
  };
  fs::create_symlink("m", folder / "link");
  for (const std::string& log : {folder.model, folder / "./m", folder / "link"}) refused(log, {});
  CHECK_FALSE(fs::exists(folder.model));
  folder.write("m", "precious");
  for (const std::string& log : {folder.model, folder / "./m", folder / "link"})
    refused(log, {"--force"});
  CHECK(read_file(folder.model) == "precious");
}

TEST_CASE("a training whose output was written meanwhile fails and saves its model elsewhere") {
  const InputFolder folder;
  const bool taken = GENERATE(false, true);
  if (taken) folder.write("m.2", "precious");
  // The slow training opens its data after it has checked that its output does not exist.
  const Outcome outcome =
      run_shell("cd " + folder.path().string() +
                "; train() { \"$NEWSCLF\" train $1 -o m -q --epochs 1 --seed $2; }\n"
                "mkfifo slow.jsonl; train slow.jsonl 1 & exec 3> slow.jsonl\n"
                "train d.jsonl 2 || exit 90\n"
                "cp m first; cat d.jsonl >&3; exec 3>&-; wait $!");
  CHECK(outcome.status == 1);
  const std::string kept = taken ? "m.3" : "m.2";
  CHECK(outcome.err ==
        "newsclf: m: another program wrote this file during training; the model was saved as " +
            kept + "\n");
  const bool is_intact = read_file(folder / "m") == read_file(folder / "first");
  CHECK(is_intact);
  CHECK(load_model(folder / "m").training.options.seed == 2);
  CHECK(load_model(folder / kept).training.options.seed == 1);
  if (taken) CHECK(read_file(folder / "m.2") == "precious");
}
