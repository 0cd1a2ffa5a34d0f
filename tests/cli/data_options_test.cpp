// SPDX-License-Identifier: MIT
// Labelled documents from files of records, archives and standard input.
#include <algorithm>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kCsv =
    "label,title,text\nspace,moon,orbit\nspace,orbit,moon\nball,bat,glove\nball,glove,bat\n";

Outcome train(const TempDir& folder, std::vector<std::string> data, std::string_view input = {}) {
  data.insert(data.begin(), "train");
  data.insert(data.end(), {"-o", folder / "m", "--force", "--epochs", "2", "--members", "1"});
  return run_newsclf(data, input);
}

}  // namespace

TEST_CASE("training prints the detected format of each input") {
  const TempDir folder;
  const std::string csv = folder.write("d.csv", kCsv);
  const std::string ft = folder.write("d.txt", "__label__space moon\n__label__ball bat\n");
  const std::string json = folder.write("d.jsonl", "{\"label\":\"ball\",\"text\":\"bat\"}\n");
  const Outcome outcome = train(folder, {csv, ft, json});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err,
             Contains("read " + csv +
                      " (csv, header row, label in \"label\", text in "
                      "\"text\"), " +
                      ft + " (fasttext), " + json + " (jsonl): 7 documents, 2 labels"));
}

TEST_CASE("standard input is read in the format given by --format") {
  const TempDir folder;
  CHECK_THAT(train(folder, {"-", "--format", "csv"}, kCsv).err,
             Contains("read standard input (csv, header row"));
  CHECK_THAT(train(folder, {"-"}, "__label__a moon\n__label__b bat\n").err,
             Contains("read standard input (fasttext): 2 documents, 2 labels"));
  const Outcome outcome =
      train(folder, {"-", "--format", "csv", "--no-header"}, "space,moon\nball,bat\n");
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("no header row, label in \"1\", text in \"2\"): 2 documents"));
}

TEST_CASE("text columns are saved with the model and need not be given again") {
  const TempDir folder;
  const std::string csv = folder.write("d.csv", kCsv);
  const Outcome trained = train(folder, {csv, "--text-column", "title:5", "--text-column", "text"});
  CHECK_THAT(trained.err, Contains("text in \"title\" (5 times) and \"text\""));
  const TextOptions text = load_model(folder / "m").vectorizer.options().text;
  CHECK(text.columns == std::vector<TextColumn>{{"title", 5}, {"text", 1}});
  CHECK_THAT(run_newsclf({"info", folder / "m"}).out, Contains("columns title:5 text:1\n"));
  CHECK_THAT(run_newsclf({"eval", folder / "m", csv}).err,
             Contains("text in \"title\" (5 times) and \"text\""));
  CHECK(run_newsclf({"predict", folder / "m", csv}).out ==
        run_newsclf(
            {"predict", folder / "m", csv, "--text-column", "title:5", "--text-column", "text"})
            .out);
  CHECK(run_newsclf({"predict", folder / "m", csv}).out !=
        run_newsclf({"predict", folder / "m", csv, "--text-column", "text:1"}).out);
  CHECK_THAT(run_newsclf({"predict", folder / "m", "--format", "csv"}, "titel,text\na,b\n").err,
             Contains("no column 'title' for the text (did you mean 'titel'?)"));
}

TEST_CASE("skipped records of a file are counted") {
  const TempDir folder;
  const std::string csv = folder.write("d.csv", std::string(kCsv) + "rest,moon,moon\n,moon,moon\n");
  const Outcome outcome = train(folder, {csv, "--labels", "space,ball"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains(": 4 documents, 2 labels") &&
                              Contains("skipped records without a label: 1\n") &&
                              Contains("skipped records with other labels: 1\n"));
}

TEST_CASE("validation documents may come from a file of records") {
  const TempDir folder;
  const std::string csv = folder.write("d.csv", kCsv);
  const std::string valid = folder.write("v.csv", "text,label\nmoon,space\nbat,ball\n");
  const Outcome outcome = train(folder, {csv, "--valid", valid});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("read " + valid + " (csv, header row"));
}

TEST_CASE("an invalid column weight is a wrong command line") {
  const TempDir folder;
  CHECK(train(folder, {"-", "--text-column", "title:0"}).status == 2);
  CHECK(train(folder, {"-", "--text-column", "title:1001"}).status == 2);
}

TEST_CASE("a tree given one folder too high is reported") {
  const TempDir folder;
  for (const char* name : {"all/train/space/1", "all/train/ball/1", "all/test/space/2"})
    folder.write(name, "moon ball");
  const auto errors_of = [&](const std::string& place) {
    return run_newsclf({"check", place}).err;
  };
  CHECK_THAT(
      errors_of(folder / "all"),
      Contains("every document is in a subfolder of its label's folder; if these subfolders are "
               "the labels, give " +
               (folder / "all/test") + "\n"));
  CHECK_THAT(errors_of(folder / "all/train"), !Contains("every document"));
  REQUIRE(run_shell("tar -C " + folder.path().string() + " -cf " + (folder / "a.tar") + " all")
              .status == 0);
  CHECK_THAT(errors_of(folder / "a.tar/all"),
             Contains("give " + (folder / "a.tar/all/test") + "\n"));
  CHECK_THAT(errors_of(folder / "a.tar/all/train"), Contains(": 2 documents, 2 labels"));
}

TEST_CASE("libarchive is loaded only to read an archive") {
  const TempDir folder;
  const std::string tar = folder / "a.tar";
  REQUIRE(run_shell("tar -C " + source_file("data/sample") + " -cf " + tar + " train").status == 0);
  const auto loads = [](const std::string& arguments) {
    return run_shell("LD_DEBUG=files $NEWSCLF " + arguments + " 2>&1 | grep libarchive").status ==
           0;
  };
  CHECK_FALSE(loads("check " + source_file("data/sample/train")));
  CHECK(loads("check " + tar));
}
