// SPDX-License-Identifier: MIT
// The output for each document, byte for byte, with the model of `tiny_classifier`. Its logits of
// baseball and space, computed by hand: "moon" 0.625 1.375, "ball" 1.25 0, "" 0.25 0.
#include "cli/model_folder.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr const char* kLines = "moon\nball\n\n";

}  // namespace

TEST_CASE("each output format contains the best label") {
  const ModelFolder folder;
  const auto in = [&](const char* format) {
    return folder.predict({"--output-format", format}, kLines).out;
  };
  CHECK(in("tsv") == "space\t0.6791787\nbaseball\t0.7772999\nbaseball\t0.5621765\n");
  CHECK(in("labels") == "space\nbaseball\nbaseball\n");
  CHECK(in("fasttext") ==
        "__label__space 0.6791787\n__label__baseball 0.7772999\n__label__baseball 0.5621765\n");
  CHECK(in("jsonl") ==
        "{\"label\":\"space\",\"probability\":0.6791787,\"known_tokens\":1}\n"
        "{\"label\":\"baseball\",\"probability\":0.7772999,\"known_tokens\":1}\n"
        "{\"label\":\"baseball\",\"probability\":0.5621765,\"known_tokens\":0}\n");
}

TEST_CASE("with -k the k best labels follow, each with its probability") {
  const ModelFolder folder;
  const auto in = [&](const char* format, const char* k) {
    return folder.predict({"--output-format", format, "-k", k}, "moon\n").out;
  };
  CHECK(in("tsv", "1") == "space\t0.6791787\n");
  CHECK(in("tsv", "2") == "space\t0.6791787\tbaseball\t0.32082132\n");
  CHECK(in("tsv", "9") == in("tsv", "2"));
  CHECK(in("tsv", "all") == in("tsv", "2"));
  CHECK(in("labels", "all") == "space\tbaseball\n");
  CHECK(in("fasttext", "all") == "__label__space 0.6791787 __label__baseball 0.32082132\n");
  CHECK(in("jsonl", "all") ==
        "{\"label\":\"space\",\"probability\":0.6791787,\"top\":[{\"label\":\"space\","
        "\"probability\":0.6791787},{\"label\":\"baseball\",\"probability\":0.32082132}],"
        "\"known_tokens\":1}\n");
}

TEST_CASE("answers below --min-confidence are --unknown-label in every format and are counted") {
  const ModelFolder folder;
  const auto in = [&](const char* format) {
    return folder.predict(
        {"--output-format", format, "--min-confidence", "0.7", "--unknown-label", "?"}, kLines);
  };
  const Outcome tsv = in("tsv");
  CHECK(tsv.out == "?\t0.6791787\tspace\nbaseball\t0.7772999\t\n?\t0.5621765\tbaseball\n");
  CHECK_THAT(tsv.err,
             Contains("2 of 3 documents got the answer '?': the confidence was below 0.7\n"));
  CHECK(in("labels").out == "?\nbaseball\n?\n");
  CHECK(in("fasttext").out ==
        "__label__? 0.6791787\n__label__baseball 0.7772999\n__label__? 0.5621765\n");
  CHECK_THAT(in("jsonl").out,
             StartsWith("{\"label\":\"?\",\"probability\":0.6791787,\"known_tokens\":1,"
                        "\"confidence\":0.6791787,\"refused\":\"space\"}\n"
                        "{\"label\":\"baseball\",\"probability\":0.7772999,\"known_tokens\":1,"
                        "\"confidence\":0.7772999}\n"));
  CHECK(folder.predict({"--min-confidence", "0.6", "-k", "2"}, "\n").out ==
        "unknown\t0.5621765\tspace\t0.4378235\tbaseball\n");
}

TEST_CASE("the confidence of an answer is its probability times the share of known words") {
  const ModelFolder folder;
  const auto in = [&](const char* line) {
    return folder.predict({"--min-confidence", "0.4"}, line).out;
  };
  CHECK(in("moon\n") == "space\t0.6791787\t\n");
  CHECK(in("moon crater\n") == "unknown\t0.6791787\tspace\n");
  CHECK(in("moon moon crater\n").starts_with("space\t"));
  CHECK(folder.predict({"--min-confidence", "0"}, "crater\n").out == "baseball\t0.5621765\t\n");
}

TEST_CASE("documents of files have file names as ids, and records have file and line") {
  const ModelFolder folder;
  const std::string a = folder.write("a\tb\\.txt", "moon\n");
  const std::string rows = folder.write("rows.csv", "text\nball\nmoon\n");
  const std::string escaped = folder.path().string() + "/a\\tb\\\\.txt";
  CHECK(folder.predict({a, rows}).out == escaped + "\tspace\t0.6791787\n" + rows +
                                             ":2\tbaseball\t0.7772999\n" + rows +
                                             ":3\tspace\t0.6791787\n");
  CHECK(folder.predict({rows}).out == "baseball\t0.7772999\nspace\t0.6791787\n");
  CHECK(folder.predict({a, "--format", "lines"}).out == "space\t0.6791787\n");
}

TEST_CASE("an id column is copied to the output, first in TSV and as a key in JSON") {
  const ModelFolder folder;
  const std::string input = "name,text\n\"tab\tand\nline\",moon\n";
  const auto in = [&](const char* format) {
    return folder
        .predict({"--format", "csv", "--id-column", "name", "--output-format", format}, input)
        .out;
  };
  CHECK(in("tsv") == "tab\\tand\\nline\tspace\t0.6791787\n");
  CHECK(in("jsonl") ==
        "{\"id\":\"tab\\tand\\nline\",\"label\":\"space\",\"probability\":0.6791787,"
        "\"known_tokens\":1}\n");
  CHECK(in("labels") == "space\n");
}

TEST_CASE("a file name that is not UTF-8 is still an id in JSON") {
  const ModelFolder folder;
  const std::string name = folder.write("caf\xe9", "moon");
  const Outcome outcome = folder.predict({name, "--output-format", "jsonl"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("caf\uFFFD\",\"label\":\"space\""));
}

TEST_CASE("the option --document reads standard input as one document, which may be a post") {
  const ModelFolder folder;
  // The subject counts 5 more times: once moon and six times ball.
  const std::string post = "Subject: ball\n\nmoon\n";
  CHECK(folder.predict({"--document", "--output-format", "jsonl"}, post).out ==
        folder.predict({"--output-format", "jsonl"}, "ball ball ball ball ball ball moon\n").out);
  CHECK(folder.predict({"--document"}, "moon\nmoon\n").out ==
        folder.predict({}, "moon moon\n").out);
  CHECK(folder.predict({"--document"}, "").out == "baseball\t0.5621765\n");
}

TEST_CASE("the option --shard labels only every n-th document, and --trailer counts the answers") {
  const ModelFolder folder;
  CHECK(folder.predict({"--shard", "1/2", "--trailer"}, kLines).out ==
        "space\t0.6791787\nbaseball\t0.5621765\n# documents 2\n");
  CHECK(folder.predict({"--shard", "2/2", "--trailer", "--output-format", "jsonl"}, kLines).out ==
        "{\"label\":\"baseball\",\"probability\":0.7772999,\"known_tokens\":1}\n"
        "{\"documents\":1}\n");
  CHECK(folder.predict({"--shard", "4/4", "--trailer"}, kLines).out == "# documents 0\n");
}

TEST_CASE("the option --explain lists the tokens that contributed most, and contributions add up") {
  const ModelFolder folder;
  // For space: moon adds 1 by the first unit and 0.375 by the third, orbit 2; the sum is 3.375 - 0.
  CHECK(folder.predict({"--explain", "5"}, "moon orbit\n").out ==
        "space\t0.93991333\torbit +2, moon +1.375\n");
  CHECK(folder.predict({"--explain", "1"}, "moon orbit\nxyz\n").out ==
        "space\t0.93991333\torbit +2\nbaseball\t0.5621765\t\n");
  CHECK(folder.predict({"--explain", "5", "--output-format", "jsonl"}, "moon orbit\n").out ==
        "{\"label\":\"space\",\"probability\":0.93991333,\"known_tokens\":2,\"explanation\":["
        "{\"token\":\"orbit\",\"contribution\":2},{\"token\":\"moon\",\"contribution\":1.375}]}\n");
  const Outcome labels = folder.predict({"--explain", "1", "--output-format", "labels"}, "moon\n");
  CHECK(labels.status == 2);
  CHECK_THAT(labels.err, Contains("needs --output-format tsv, csv or jsonl"));
}

TEST_CASE("reasons are the same for any number of threads") {
  const std::string model = trained_model();
  const auto reasons = [&](const char* threads) {
    return run_newsclf({"predict", model, sample_data() + "/test", "--explain", "4",
                        "--output-format", "jsonl", "--threads", threads})
        .out;
  };
  const std::string alone = reasons("1");
  CHECK_THAT(alone, Contains("\"explanation\":[{\"token\":"));
  CHECK(reasons("3") == alone);
}

TEST_CASE("files of a tree that are not documents are reported") {
  const ModelFolder folder;
  folder.write("tree/a/1", "moon");
  folder.write("tree/loose", "moon");
  const Outcome outcome = folder.predict({folder / "tree"});
  CHECK(outcome.out == "a/1\tspace\t0.6791787\n");
  CHECK(outcome.err == "skipped files outside any label folder: 1\n");
}

TEST_CASE("wrong command lines of predict give status 2 and no output") {
  const ModelFolder folder;
  const std::vector<std::vector<std::string>> wrong = {{"--shard", "0/3"},
                                                       {"--shard", "4/3"},
                                                       {"--shard", "x"},
                                                       {"--shard", "1/3x"},
                                                       {"--shard", "1/"},
                                                       {"--shard", "1"},
                                                       {"-k", "0"},
                                                       {"-k", "-1"},
                                                       {"-k", "some"},
                                                       {"-k", "2x"},
                                                       {"--min-confidence", "1.5"},
                                                       {"--document", "--format", "csv"},
                                                       {"--output-format", "xml"}};
  for (const auto& arguments : wrong) {
    const Outcome outcome = folder.predict(arguments, "moon\n");
    INFO(arguments.front() << ' ' << arguments.back());
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
  }
}

TEST_CASE("a label with a space cannot be written in fastText's format") {
  const ModelFolder folder;
  const Outcome outcome =
      folder.predict({"--output-format", "fasttext", "--unknown-label", "not known"}, "moon\n");
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Contains("the label 'not known' contains white space"));
}
