// SPDX-License-Identifier: MIT
// Answers as tables: CSV, headers, kept columns and the probabilities of all labels, byte for byte.
// tests/cli/table_round_trip.py and pandas_round_trip.py read them with other programs.
#include "cli/model_folder.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kRows =
    "number,text,label\n007,moon,space\n\"1,2\",\"ball \"\"bat\"\"\n\",baseball\n";

/// A model whose labels need quotes in CSV or are names of other columns.
std::string model_of_labels(const TempDir& folder, std::vector<std::string> labels) {
  Classifier classifier = tiny_classifier();
  classifier.labels = LabelSet(std::move(labels));
  save_model(classifier, folder / "renamed");
  return folder / "renamed";
}

}  // namespace

TEST_CASE("CSV has one line per document with label and probability") {
  const ModelFolder folder;
  const Outcome outcome = folder.predict({"--output-format", "csv"}, "moon\nball\n\n");
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "space,0.6791787\nbaseball,0.7772999\nbaseball,0.5621765\n");
}

TEST_CASE("the option --header names the columns of CSV and TSV") {
  const ModelFolder folder;
  const auto csv = [&](std::vector<std::string> more, const char* input = "moon\n") {
    more.insert(more.begin(), {"--output-format", "csv", "--header"});
    return folder.predict(more, input).out;
  };
  CHECK(csv({}) == "label,probability\nspace,0.6791787\n");
  CHECK(csv({"-k", "2"}) ==
        "label1,probability1,label2,probability2\nspace,0.6791787,baseball,0.32082132\n");
  CHECK(csv({"-k", "9"}) == csv({"-k", "2"}));
  CHECK(csv({"-k", "all"}) == csv({"-k", "2"}));
  CHECK(csv({"--explain", "2"}, "moon orbit\n") ==
        "label,probability,explanation\nspace,0.93991333,\"orbit +2, moon +1.375\"\n");
  CHECK(csv({"--min-confidence", "0.7", "--unknown-label", "not, sure"}) ==
        "label,probability,refused_label\n\"not, sure\",0.6791787,space\n");
  CHECK(csv({"--format", "csv", "--id-column", "name"}, "name,text\n\"a,b\",moon\n") ==
        "id,label,probability\n\"a,b\",space,0.6791787\n");
  CHECK(folder.predict({"--header"}, "moon\n").out == "label\tprobability\nspace\t0.6791787\n");
}

TEST_CASE("the header is printed even if there are no documents") {
  const ModelFolder folder;
  CHECK(folder.predict({"--header"}, "").out == "label\tprobability\n");
  CHECK(folder.predict({"--header", "--keep-columns", "--format", "csv"}, "n,text\n").out ==
        "n\ttext\tlabel\tprobability\n");
}

TEST_CASE("the option --probabilities adds the probability of every label, in label order") {
  const ModelFolder folder;
  const auto in = [&](std::vector<std::string> options) {
    options.push_back("--probabilities");
    return folder.predict(options, "moon\n").out;
  };
  CHECK(in({"--output-format", "csv", "--header"}) ==
        "label,probability,baseball,space\nspace,0.6791787,0.32082132,0.6791787\n");
  CHECK(in({}) == "space\t0.6791787\t0.32082132\t0.6791787\n");
  CHECK(in({"-k", "2"}) == "space\t0.6791787\tbaseball\t0.32082132\t0.32082132\t0.6791787\n");
  CHECK(in({"--explain", "1", "--header"}) ==
        "label\tprobability\tbaseball\tspace\texplanation\n"
        "space\t0.6791787\t0.32082132\t0.6791787\tmoon +1.375\n");
  CHECK(in({"--min-confidence", "0.7"}) == "unknown\t0.6791787\tspace\t0.32082132\t0.6791787\n");
  CHECK(in({"--output-format", "jsonl"}) ==
        "{\"label\":\"space\",\"probability\":0.6791787,"
        "\"probabilities\":{\"baseball\":0.32082132,\"space\":0.6791787},\"known_tokens\":1}\n");
  CHECK_THAT(in({"--output-format", "jsonl", "-k", "1", "--explain", "1"}),
             Contains("\"space\":0.6791787},\"known_tokens\":1,\"explanation\":[") &&
                 !Contains("\"top\""));
  CHECK_THAT(in({"--output-format", "jsonl", "-k", "all"}),
             Contains("\"top\":[{\"label\":\"space\",\"probability\":0.6791787},{\"label\":"
                      "\"baseball\",\"probability\":0.32082132}],\"probabilities\":{"));
}

TEST_CASE("labels with commas, quotes and line ends are quoted in CSV") {
  const TempDir folder;
  const std::string model = model_of_labels(folder, {"a \"b\", c", "sci, fi"});
  CHECK(run_newsclf({"predict", model, "--output-format", "csv", "--header", "--probabilities"},
                    "moon\nball\n")
            .out ==
        "label,probability,\"a \"\"b\"\", c\",\"sci, fi\"\n"
        "\"sci, fi\",0.6791787,0.32082132,0.6791787\n"
        "\"a \"\"b\"\", c\",0.7772999,0.7772999,0.22270013\n");
}

TEST_CASE("a label that is the name of another column gets a prefix in the header") {
  const TempDir folder;
  const std::string model = model_of_labels(folder, {"label", "text"});
  CHECK_THAT(run_newsclf({"predict", model, "--header", "--probabilities"}, "moon\n").out,
             Contains("label\tprobability\tpredicted_label\ttext\n"));
  CHECK_THAT(run_newsclf({"predict", model, "--header", "--probabilities", "--keep-columns",
                          "--format", "csv"},
                         "label,text\nx,moon\n")
                 .out,
             Contains("label\ttext\tpredicted_label\tprobability\tpredicted_predicted_label\t"
                      "predicted_text\nx\tmoon\ttext\t"));
}

TEST_CASE("the option --keep-columns copies the columns of CSV in front of the answers") {
  const ModelFolder folder;
  const auto kept = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"--keep-columns", "--format", "csv", "--header"});
    return folder.predict(more, kRows).out;
  };
  CHECK(kept({"--output-format", "csv"}) ==
        "number,text,label,predicted_label,probability\n"
        "007,moon,space,space,0.6791787\n"
        "\"1,2\",\"ball \"\"bat\"\"\n\",baseball,baseball,0.9626731\n");
  CHECK(kept({"--output-format", "tsv"}) ==
        "number\ttext\tlabel\tpredicted_label\tprobability\n"
        "007\tmoon\tspace\tspace\t0.6791787\n"
        "1,2\tball \"bat\"\\n\tbaseball\tbaseball\t0.9626731\n");
  // An id column is a kept column and is not repeated.
  CHECK(kept({"--output-format", "csv", "--id-column", "number"}) ==
        kept({"--output-format", "csv"}));
}

TEST_CASE("kept columns of a file without a header are named by their numbers") {
  const ModelFolder folder;
  CHECK(folder
            .predict({"--keep-columns", "--format", "tsv", "--no-header", "--header",
                      "--output-format", "csv"},
                     "space\tmoon\n")
            .out == "1,2,label,probability\nspace,moon,space,0.6791787\n");
}

TEST_CASE("kept columns are an object in JSON, where values of JSONL stay as they are written") {
  const ModelFolder folder;
  const auto kept = [&](const char* format, const char* input, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"--keep-columns", "--format", format, "--output-format", "jsonl"});
    return folder.predict(more, input).out;
  };
  CHECK(kept("csv", "number,text\n007,moon\n") ==
        "{\"columns\":{\"number\":\"007\",\"text\":\"moon\"},\"label\":\"space\","
        "\"probability\":0.6791787,\"known_tokens\":1}\n");
  CHECK(kept("jsonl",
             "{ \"z\" : 1.50 , \"text\":\"moon\",\"a\": [1, \"}\\\"\"],\"n\":null,\"i\":7}\n"
             "{\"text\":\"moon\",\"other\":12345678901234567890123}\n",
             {"--id-column", "i"}) ==
        "{\"id\":\"7\",\"columns\":{\"z\":1.50,\"text\":\"moon\",\"a\":[1, \"}\\\"\"],"
        "\"n\":null,\"i\":7},\"label\":\"space\",\"probability\":0.6791787,\"known_tokens\":1}\n");
  CHECK_THAT(
      kept("jsonl", "{\"text\":\"moon\"}\n{\"text\":\"moon\",\"other\":12345678901234567890123}\n"),
      Contains("\"other\":12345678901234567890123}"));
}

TEST_CASE("keys of JSONL become columns: those of the first object, and missing ones are empty") {
  const ModelFolder folder;
  const auto kept = [&](const std::string& input) {
    return folder.predict(
        {"--keep-columns", "--format", "jsonl", "--header", "--output-format", "csv"}, input);
  };
  const std::string first =
      "{\"text\":\"moon\",\"n\":1.50,\"s\":\"a\\nb\",\"z\":null,\"l\":[1,2]}\n";
  CHECK(kept(first + "{\"n\":\"x\",\"text\":\"ball\"}\n").out ==
        "text,n,s,z,l,label,probability\n"
        "moon,1.50,\"a\nb\",,\"[1,2]\",space,0.6791787\n"
        "ball,x,,,,baseball,0.7772999\n");
  const Outcome other = kept(first + "{\"text\":\"ball\",\"new\":1}\n");
  CHECK(other.status == 1);
  CHECK(other.out ==
        "text,n,s,z,l,label,probability\nmoon,1.50,\"a\nb\",,\"[1,2]\",space,0.6791787\n");
  CHECK(other.err ==
        "newsclf: standard input:2: the column 'new' is not one of the first record (text, n, s, "
        "z, l); use --output-format jsonl, omit --keep-columns, or label files with other columns "
        "separately\n");
}

TEST_CASE("input without columns is refused under --keep-columns") {
  const ModelFolder folder;
  const std::string post = folder.write("post", "moon\n");
  const Outcome outcome = folder.predict({post, "--keep-columns"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK(outcome.err ==
        "newsclf: " + post +
            ": this is read as one document, which has no columns; omit --keep-columns, or set "
            "--format csv, tsv or jsonl\n");
  folder.write("tree/a/1", "moon");
  CHECK_THAT(folder.predict({folder / "tree", "--keep-columns"}).err,
             Contains("this is read as tree, which has no columns"));
}

TEST_CASE("options for tables that contradict the output or input format are refused") {
  const ModelFolder folder;
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{"--header", "--output-format", "labels"}, "--header: needs --output-format tsv or csv"},
      {{"--header", "--output-format", "jsonl"}, "--header: needs --output-format tsv or csv"},
      {{"--probabilities", "--output-format", "fasttext"},
       "--probabilities: needs --output-format tsv, csv or jsonl"},
      {{"--keep-columns", "--output-format", "labels"},
       "--keep-columns: needs --output-format tsv, csv or jsonl"},
      {{"--explain", "1", "--output-format", "fasttext"},
       "--explain: needs --output-format tsv, csv or jsonl"},
      {{"--trailer", "--output-format", "csv"}, "--trailer: excludes --output-format csv"},
      {{"--keep-columns", "--document"}, "--keep-columns: excludes --document"},
      {{"--keep-columns", "--format", "lines"},
       "--keep-columns: needs --format csv, tsv or jsonl"}};
  for (const auto& [arguments, message] : wrong) {
    const Outcome outcome = folder.predict(arguments, "moon\n");
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err == "newsclf: " + message + "; see newsclf predict --help\n");
  }
}

TEST_CASE("ids are the file arguments as typed, and label and name below a folder or archive") {
  const ModelFolder folder;
  folder.write("tree/space/sub/1", "moon");
  folder.write("tree/ball/2", "moon");
  folder.write("post.txt", "moon");
  const std::string in_folder = "cd '" + folder.path().string() + "' && tar -cf t.tar tree && ";
  CHECK(run_shell(in_folder + "$NEWSCLF predict model --output-format csv --header ./post.txt "
                              "tree/../post.txt tree t.tar t.tar/tree")
            .out ==
        "id,label,probability\n"
        "./post.txt,space,0.6791787\n"
        "tree/../post.txt,space,0.6791787\n"
        "ball/2,space,0.6791787\n"
        "space/sub/1,space,0.6791787\n"
        "ball/2,space,0.6791787\n"
        "space/sub/1,space,0.6791787\n"
        "ball/2,space,0.6791787\n"
        "space/sub/1,space,0.6791787\n");
}
