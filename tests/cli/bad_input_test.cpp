// SPDX-License-Identifier: MIT
// Every kind of bad input gives status 1 and one line on stderr, `newsclf: where: what; remedy`.
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

void check_refused(const Outcome& outcome, const std::string& message) {
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  const std::size_t last_line = outcome.err.rfind('\n', outcome.err.size() - 2) + 1;
  CHECK(outcome.err.substr(last_line) == "newsclf: " + message + "\n");
}

Outcome train_on(const std::string& data, const std::string& model,
                 std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"train", data, "-o", model, "-q"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_newsclf(arguments);
}

}  // namespace

TEST_CASE("training data that is missing, of unknown format or empty is refused") {
  const TempDir folder;
  check_refused(train_on(folder / "none", folder / "m"),
                (folder / "none") + ": cannot open: No such file or directory; check the name");
  const std::string file = folder.write("file", "text");
  check_refused(train_on(file, folder / "m"),
                file +
                    ": cannot detect its format from the name or the first bytes; set it with "
                    "--format csv, tsv, jsonl, fasttext or tree");
  std::filesystem::create_directories(folder / "empty");
  check_refused(train_on(folder / "empty", folder / "m"),
                (folder / "empty") +
                    ": this folder contains no label folder; give a folder with one folder per "
                    "label and one file per document");
}

TEST_CASE("the error for an unknown column shows the option that sets it") {
  const TempDir folder;
  const std::string csv = folder.write("a.csv", "label,text\nspace,moon\nball,bat\n");
  const std::string model = folder / "m";
  check_refused(train_on(csv, model, {"--text-column", "txt"}),
                csv +
                    ", line 1: no column 'txt' for the text (did you mean 'text'?); name it "
                    "with --text-column");
  check_refused(train_on(csv, model, {"--label-column", "kind"}),
                csv +
                    ", line 1: no column 'kind' for the label (the columns are label, text); name "
                    "it with --label-column");
  check_refused(train_on(csv, model, {"--id-column", "nr"}),
                csv +
                    ", line 1: no column 'nr' for the id (the columns are label, text); name it "
                    "with --id-column");
  check_refused(
      train_on(csv, model, {"--min-df", "9"}),
      "training data: the options leave no token in the vocabulary (distinct tokens: 17); lower "
      "--min-df, raise --max-df or omit --stop-words");
}

TEST_CASE("a single label is refused") {
  const TempDir folder;
  folder.write("data/space/1", "moon");
  folder.write("data/space/2", "orbit");
  check_refused(train_on(folder / "data", folder / "m"),
                "training data: all documents have the label 'space'; use documents with at "
                "least two labels");
}

TEST_CASE("a misspelled name in --labels is refused with the closest label") {
  const TempDir folder;
  check_refused(train_on(sample_data() + "/train", folder / "m", {"--labels", "cycling,gardning"}),
                sample_data() +
                    "/train: no document has the label 'gardning' (did you mean "
                    "'gardening'?); check --labels");
}

TEST_CASE("documents without tokens are refused") {
  const TempDir folder;
  folder.write("data/a/1", " \n");
  folder.write("data/b/1", "...\n");
  check_refused(train_on(folder / "data", folder / "m"),
                "training data: the documents contain no tokens; check that they contain text");
}

TEST_CASE("an output that cannot be written is refused before anything is read") {
  const TempDir folder;
  const std::string data = folder / "does-not-exist-either";
  check_refused(train_on(data, folder / "no/such/folder/m"),
                (folder / "no/such/folder/m") +
                    ": cannot create a file in its folder: No such file or directory; check the "
                    "folder, its permissions and free space");
  std::filesystem::create_directories(folder / "taken");
  check_refused(train_on(data, folder / "taken"),
                (folder / "taken") + ": this exists and is not a regular file; use another name");
  const Outcome outcome = train_on(data, "/proc/model");
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("newsclf: /proc/model: cannot create a file in its folder: "));
}

TEST_CASE("posts that are not UTF-8 are decoded with a guess and counted, or refused on request") {
  const TempDir folder;
  folder.write("data/a/1", "caf\xe9 moon");
  folder.write("data/b/1", "ball");
  const Outcome repaired = run_newsclf({"train", folder / "data", "-o", folder / "m"});
  CHECK(repaired.status == 0);
  CHECK_THAT(repaired.err, Contains("2 documents, 2 labels, 13 B, 1 decoded as windows-1252\n"));
  check_refused(train_on(folder / "data", folder / "m2", {"--invalid-utf8", "error"}),
                (folder / "data/a/1") +
                    ": byte 3 (0xe9) is not UTF-8; name the encoding with --encoding, or use "
                    "--invalid-utf8 replace or latin1");
}

TEST_CASE("symbolic links are reported, and not followed") {
  const TempDir folder;
  folder.write("data/a/1", "moon");
  folder.write("data/b/1", "ball");
  std::filesystem::create_symlink(folder / "data/a/1", folder / "data/b/2");
  const Outcome outcome = run_newsclf({"train", folder / "data", "-o", folder / "m"});
  CHECK(outcome.status == 0);
  CHECK_THAT(
      outcome.err,
      Contains("newsclf: warning: skipped 1 symbolic link: " + (folder / "data/b/2") + "\n"));
}

TEST_CASE("an id column as the label of tens of thousands of documents is refused at once") {
  const TempDir folder;
  std::string rows = "label,text\n";
  for (int id = 0; id <= 32'768; ++id) rows += std::to_string(id) + ",moon\n";
  check_refused(run_newsclf({"train", folder.write("a.csv", rows), "-o", folder / "m", "-q"}),
                "training data: 32769 labels are too many: training computes the probabilities of "
                "all labels for each document, so the limit is 32768; if these are ids, name the "
                "column of the label with --label-column; otherwise group labels");
}

TEST_CASE("a file that is not a model is refused by every command that reads one") {
  const TempDir folder;
  const std::string text = folder.write("text", "this is a text and no model\n");
  const std::string empty = folder.write("empty", "");
  for (const std::string command : {"predict", "info", "eval"}) {
    const auto run = [&](const std::string& model) {
      std::vector<std::string> arguments = {command, model};
      if (command == "eval") arguments.push_back(sample_data() + "/test");
      return run_newsclf(arguments);
    };
    check_refused(run(folder / "none"),
                  (folder / "none") +
                      ": cannot open the model: No such file or directory; give the "
                      "file that newsclf train wrote");
    check_refused(run(folder.path().string()),
                  folder.path().string() +
                      ": this is a folder, not a model file; give the file that "
                      "newsclf train wrote");
    for (const std::string& file : {text, empty})
      check_refused(run(file), file +
                                   ": this is not a newsclf model; give the file that newsclf "
                                   "train wrote");
  }
}

TEST_CASE("swapped model and data arguments are detected") {
  const TempDir folder;
  const std::string model = folder / "model", text = folder.write("text.csv", "label,text\na,b\n");
  save_model(tiny_classifier(), model);
  const std::string data = sample_data() + "/test";
  const std::string advice = " is a model; did you swap them? MODEL comes first";
  check_refused(run_newsclf({"eval", data, model}),
                data + ": this is a folder, but " + model + advice);
  check_refused(run_newsclf({"predict", text, model}),
                text + ": this is not a newsclf model, but " + model + advice);
  check_refused(run_newsclf({"compare", model, data, model}),
                data + ": this is a folder, but " + model + advice);
}

TEST_CASE("a truncated model is refused") {
  const TempDir folder;
  const std::string model = folder / "model";
  save_model(tiny_classifier(), model);
  const std::string bytes = read_file(model);
  write_file(model, bytes.substr(0, bytes.size() - 1));
  const Outcome outcome = run_newsclf({"predict", model}, "moon\n");
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Contains("end of the data: expected a file of ") &&
                              Contains("truncated or overwritten"));
}

TEST_CASE("a folder given twice is refused") {
  const TempDir folder;
  const std::string train = sample_data() + "/train";
  const std::string again = sample_data() + "/test/../train";
  const Outcome outcome = run_newsclf({"train", train, again, "-o", folder / "m"});
  check_refused(outcome, again + ": this is given twice; give it once");
}

TEST_CASE("held-out documents that are missing or have an unknown label are refused") {
  const TempDir folder;
  check_refused(train_on(sample_data() + "/train", folder / "m", {"--valid", folder / "none"}),
                (folder / "none") + ": cannot open: No such file or directory; check the name");
  folder.write("valid/cycling/1", "new brake pads");
  folder.write("valid/skiing/1", "snow");
  check_refused(train_on(sample_data() + "/train", folder / "m", {"--valid", folder / "valid"}),
                "held-out documents: no training document has the label 'skiing'; exclude "
                "such documents with --labels");
  CHECK_FALSE(std::filesystem::exists(folder / "m"));
}

TEST_CASE("a share that leaves no document to hold out is refused") {
  const TempDir folder;
  check_refused(train_on(sample_data() + "/train", folder / "m", {"--valid-fraction", "0.001"}),
                "training data: cannot hold out 0.001 of the 102 documents; give more "
                "documents, or omit --valid-fraction");
}

TEST_CASE("a log that cannot be written is refused") {
  const TempDir folder;
  const std::string data = sample_data() + "/train";
  const std::string nowhere = folder / "no/such/folder/log";
  check_refused(train_on(data, folder / "m", {"--log", nowhere}),
                nowhere + ": cannot be written: No such file or directory");
  check_refused(train_on(data, folder / "m", {"--log", folder.path().string()}),
                folder.path().string() + ": cannot be written: Is a directory");
  check_refused(train_on(data, folder / "m", {"--log", "/dev/full", "--epochs", "1"}),
                "/dev/full: cannot be written: No space left on device");
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a bad file of label weights is refused with its line") {
  const TempDir folder;
  const auto refused = [&](const std::string& bytes, const std::string& message) {
    const std::string file = folder.write("weights", bytes);
    check_refused(
        train_on(sample_data() + "/train", folder / "m", {"--class-weight", file, "--epochs", "1"}),
        file + message);
  };
  refused("cycling\t2\ngardening 3\n", ", line 2: missing tab; write LABEL TAB WEIGHT");
  refused("skiing\t2\n",
          ", line 1: no document has the label 'skiing'; the labels are astronomy, cycling, "
          "gardening");
  check_refused(train_on(sample_data() + "/train", folder / "m", {"--class-weight", "balance"}),
                "balance: cannot be read: No such file or directory");
  CHECK_FALSE(std::filesystem::exists(folder / "m"));
}

TEST_CASE("a training that needs more memory than the limit is refused with its estimate") {
  const TempDir folder;
  const Outcome outcome =
      train_on(sample_data() + "/train", folder / "m", {"--max-memory", "100MB"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("newsclf: training: it would take about 15"));
  CHECK_THAT(outcome.err, Contains(" MB of memory, but the limit is 100.0 MB; use fewer tokens"));
  CHECK_FALSE(std::filesystem::exists(folder / "m"));
  CHECK(train_on(sample_data() + "/train", folder / "wide", {"--hidden", "65536,65536"}).status ==
        1);
  CHECK(train_on(sample_data() + "/train", folder / "m", {"--max-memory", "1GiB"}).status == 0);
}

TEST_CASE("an invalid size is a wrong command line") {
  const TempDir folder;
  for (const char* const size : {"lots", "0", "-1", "1e30EB", ""}) {
    const Outcome outcome =
        train_on(sample_data() + "/train", folder / "m", {"--max-memory", size});
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains("--max-memory"));
  }
}
