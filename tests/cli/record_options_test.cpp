// SPDX-License-Identifier: MIT
// The options that say how records are written: delimiter, quoting, keys, label names; and the
// columns that a model remembers.
#include <nlohmann/json.hpp>

#include "cli/model_folder.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

Outcome train(const TempDir& folder, std::vector<std::string> data, std::string_view input = {}) {
  data.insert(data.begin(), "train");
  data.insert(data.end(), {"-o", folder / "m", "--force", "--epochs", "2", "--members", "1"});
  return run_newsclf(data, input);
}

Outcome eval(const ModelFolder& folder, std::vector<std::string> data) {
  data.insert(data.begin(), {"eval", folder.model()});
  return run_newsclf(data);
}

}  // namespace

TEST_CASE("a spreadsheet's CSV is read with its delimiter, which is printed") {
  const ModelFolder folder;
  const std::string columns = "header row, label in \"label\", text in \"text\"): 2 documents";
  CHECK_THAT(
      eval(folder, {folder.write("a.csv", "label;text\nspace;moon, orbit\nbaseball;bat\n")}).err,
      Contains("(csv, \";\"-separated, " + columns));
  CHECK_THAT(
      eval(folder, {folder.write("b.csv", "sep=|\nlabel|text\nspace|moon, orbit\nbaseball|bat\n")})
          .err,
      Contains("(csv, \"|\"-separated, " + columns));
  CHECK_THAT(
      eval(folder, {folder.write("c.csv", "label\ttext\nspace\tmoon, orbit\nbaseball\tbat\n")}).err,
      Contains("(csv, tab-separated, " + columns));
  CHECK_THAT(eval(folder, {folder.write("d.csv", "label#text\nspace#moon, orbit\nbaseball#bat\n"),
                           "--delimiter", "#"})
                 .err,
             Contains("(csv, \"#\"-separated, " + columns));
  CHECK(folder.predict({folder / "d.csv", "--delimiter", "#", "--output-format", "labels"}).out ==
        "space\nbaseball\n");
}

TEST_CASE("a tab delimiter is named by a word, an escape sequence or itself") {
  const ModelFolder folder;
  const std::string tabs = folder.write("t.csv", "x,label\ttext\nspace\tmoon\n");
  for (const char* tab : {"tab", "\\t", "\t"}) {
    const Outcome outcome = folder.predict({tabs, "--delimiter", tab, "--output-format", "labels"});
    CHECK(outcome.status == 0);
    CHECK(outcome.out == "space\n");
  }
  for (const char* wrong : {"", "ab", "\"", "\n", "é", "\x7f"}) {
    const Outcome outcome = folder.predict({tabs, "--delimiter", wrong});
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains("--delimiter: must be one ASCII character other than a quote, "
                                     "or tab, got '"));
  }
}

TEST_CASE("quotes inside unquoted fields are read as text and reported once") {
  const ModelFolder folder;
  const std::string csv = folder.write("a.csv",
                                       "label,text\nspace,moon at 37°36'37.8\"N\nspace,5\" "
                                       "orbit\nbaseball,\"bat\" ball\nspace,moon\n");
  CHECK_THAT(eval(folder, {csv}).err,
             Contains(", 3 with a quote inside an unquoted field (read as text)\n"));
  const Outcome outcome = folder.predict({csv, "--output-format", "labels"});
  CHECK(outcome.out == "space\nspace\nbaseball\nspace\n");
  CHECK(outcome.err == "3 of 4 documents had a quote inside an unquoted field (read as text)\n");
  CHECK(folder.predict({csv, "--quoting", "none"}).err.empty());
}

TEST_CASE("an unclosed quote is an error that names its line and --quoting") {
  const ModelFolder folder;
  const std::string bytes = "label,text\nspace,moon\nspace,\"orbit\nbaseball,bat\n";
  const std::string csv = folder.write("a.csv", bytes);
  const Outcome outcome = folder.predict({csv, "--output-format", "labels"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out == "space\n");
  CHECK(outcome.err ==
        "newsclf: " + csv +
            ", line 3, column 7: this quoted field has no closing quote; double the "
            "quotes inside quoted fields, or read quotes as text with --quoting none\n");
  CHECK(folder.predict({csv, "--output-format", "labels", "--quoting", "none"}).out ==
        "space\nspace\nbaseball\n");
  std::string tabs = bytes;
  std::replace(tabs.begin(), tabs.end(), ',', '\t');
  const std::string tsv = folder.write("a.tsv", tabs);
  CHECK(folder.predict({tsv, "--output-format", "labels"}).out == "space\nspace\nbaseball\n");
  CHECK_THAT(folder.predict({tsv, "--quoting", "csv"}).err,
             Contains(tsv + ", line 3, column 7: this quoted field has no closing quote"));
}

TEST_CASE("a malformed TSV record with quotes is an error that names --quoting") {
  const ModelFolder folder;
  const std::string remedy =
      "; use --quoting csv if quotes enclose fields; otherwise correct the record\n";
  const std::string lines = folder.write("a.tsv", "label\ttext\nspace\t\"moon\norbit\"\n");
  CHECK_THAT(
      folder.predict({lines}).err,
      Contains(lines + ", line 3: number of fields must be 2 as in the header, got 1" + remedy));
  const std::string header = folder.write("b.tsv", "\"label\"\t\"text\"\n\"space\"\t\"moon\"\n");
  CHECK_THAT(folder.predict({header}).err, Contains("cannot tell whether this record is a header: "
                                                    "'\"label\"', '\"text\"'" +
                                                    remedy));
  CHECK(folder.predict({header, "--quoting", "csv", "--output-format", "labels"}).out == "space\n");
}

TEST_CASE("a JSON file may hold one array of objects with nested keys") {
  const ModelFolder folder;
  const std::string json = folder.write(
      "a.json",
      "[\n  {\n    \"data\": {\"text\": [\"moon\", \"orbit\"], \"kind\": \"space\"}\n  },\n"
      "  {\"data\": {\"text\": \"bat\", \"kind\": \"baseball\"}}\n]\n");
  const std::vector<std::string> keys = {"--text-column", "data.text", "--label-column",
                                         "data.kind"};
  std::vector<std::string> arguments = {json};
  arguments.insert(arguments.end(), keys.begin(), keys.end());
  const Outcome outcome = eval(folder, arguments);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err,
             Contains("read " + json +
                      " (JSON array, label in \"data.kind\", text in \"data.text\"): 2 "
                      "documents, 2 labels"));
  CHECK_THAT(outcome.out, Contains("100.00"));
  CHECK(folder.predict({json, "--text-column", "data.text", "--output-format", "labels"}).out ==
        "space\nbaseball\n");
  // The same content under another name.
  CHECK_THAT(eval(folder, {folder.write("posts", "[{\"text\":\"moon\",\"label\":\"space\"}]")}).err,
             Contains("(JSON array): 1 document"));
  const std::string one = folder.write("one.json", "{\n  \"text\": \"moon\"\n}\n");
  CHECK(folder.predict({one}).err ==
        "newsclf: " + one +
            ", line 1, column 2: the JSON object does not end on its line; write one object per "
            "line, or all objects as one array: [{...}, {...}]\n");
}

TEST_CASE("labels that are integers are named by a list or a file") {
  const ModelFolder folder;
  const std::string csv = folder.write("a.csv", "label,text\n1,moon\n0,bat\n");
  const std::string json = folder.write("a.json", "[{\"label\":1,\"text\":\"moon\"}]");
  const std::string names = folder.write("names", "baseball\r\nspace\n");
  for (const std::string& given : {std::string("baseball,space"), names}) {
    const Outcome outcome = eval(folder, {csv, json, "--label-names", given});
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.err, Contains(": 3 documents, 2 labels"));
    CHECK_THAT(outcome.out, Contains("100.00"));
  }
  CHECK(eval(folder, {folder.write("b.csv", "label,text\n1,moon\n2,bat\n"), "--label-names", names})
            .err ==
        "newsclf: " + folder.path().string() +
            "/b.csv, line 3: the label must be an integer from 0 to 1, the number of a label name, "
            "got '2'; check --label-names\n");
  CHECK_THAT(
      eval(folder, {csv, "--label-names", "space,space"}).err,
      Contains("newsclf: --label-names: the name of label 1, 'space', is a repeated name; "));
  CHECK_THAT(eval(folder, {csv, "--label-names", "a,,b"}).err,
             Contains("newsclf: --label-names: the name of label 1, '', is empty; "));
  CHECK_THAT(eval(folder, {csv, "--label-names", folder.write("bad", "a\n\nb\n")}).err,
             Contains("/bad: the name of label 1, '', is empty; "));
  CHECK_THAT(eval(folder, {csv, "--label-names", names, "--json", names}).err,
             Contains("this is also given to --label-names"));
}

TEST_CASE("label names apply to validation documents too, and are kept in a configuration") {
  const TempDir folder;
  const std::string csv = folder.write("a.csv", "label,text\n1,moon\n0,bat\n1,orbit\n0,ball\n");
  const std::string valid = folder.write("v.csv", "label,text\n1,moon\n0,bat\n");
  CHECK(train(folder, {csv, "--valid", valid, "--label-names", "baseball,space"}).status == 0);
  CHECK(load_model(folder / "m").labels.labels() == std::vector<std::string>{"baseball", "space"});
  const std::string config = folder.write(
      "c.ini",
      run_newsclf({"train", "--print-config", "--label-names", "a,b", "--delimiter", ";"}).out);
  const std::string again = run_newsclf({"train", "--print-config", "--config", config}).out;
  CHECK(again == read_file(config));
  CHECK_THAT(again, Contains("label-names") && Contains("a,b"));
}

TEST_CASE("label and id columns are saved with the model and need not be given again") {
  const TempDir folder;
  const std::string csv = folder.write(
      "d.csv",
      "nr,label,kind,text\n7,x,space,moon\n8,y,space,orbit\n9,x,ball,bat\n10,y,ball,glove\n");
  REQUIRE(train(folder, {csv, "--label-column", "kind", "--id-column", "nr"}).status == 0);
  const std::string model = folder / "m";
  CHECK(load_model(model).columns == NamedColumns{"kind", "nr"});
  CHECK(load_model(model).labels.labels() == std::vector<std::string>{"ball", "space"});
  CHECK_THAT(run_newsclf({"info", model}).out, Contains("\ncolumns     label kind, id nr\n"));
  const auto info = nlohmann::json::parse(run_newsclf({"info", model, "--json", "-"}).out);
  CHECK(info.at("columns").dump() == R"({"id":"nr","label":"kind"})");

  const std::string named =
      "label in \"kind\", text in \"text\", id in \"nr\"): 4 documents, 2 labels";
  const Outcome scored = run_newsclf({"eval", model, csv, "--predictions", "-"});
  CHECK_THAT(scored.err, Contains(named));
  CHECK_THAT(scored.out, Contains("\n10\tball\t"));
  CHECK_THAT(run_newsclf({"compare", model, model, csv}).err, Contains(named));
  const Outcome answers = run_newsclf({"predict", model, csv});
  CHECK_THAT(answers.out, Contains("7\t") && Contains("\n10\t"));

  // Input without these columns is predicted all the same; eval needs the label.
  const std::string texts = folder.write("t.csv", "text,other\nmoon,x\n");
  CHECK(run_newsclf({"predict", model, texts, "--output-format", "labels"}).status == 0);
  CHECK_THAT(run_newsclf({"predict", model, texts}).out, !Contains("t.csv"));
  CHECK_THAT(run_newsclf({"predict", model}, "moon\n").out, !Contains("standard input"));
  CHECK_THAT(run_newsclf({"eval", model, texts}).err,
             Contains("no column 'kind' for the label (the columns are text, other); name it with "
                      "--label-column"));
  CHECK_THAT(run_newsclf({"eval", model, csv, "--label-column", "label", "--known-labels"}).err,
             Contains("no document has a label known to the model"));

  REQUIRE(run_shell("cp " + model + " " + (folder / "other")).status == 0);
  REQUIRE(train(folder, {csv, "--label-column", "3"}).status == 0);
  CHECK_THAT(run_newsclf({"compare", model, folder / "other", csv}).err,
             Contains("this model uses another label column than " + model +
                      "; choose the column with --label-column"));
}

TEST_CASE("an id column is found by its name, and ids pass through predict and eval") {
  const ModelFolder folder;
  const std::string csv =
      folder.write("a.csv", "label,text,ID\nspace,moon,a 1\nbaseball,bat,b 2\n");
  CHECK_THAT(eval(folder, {csv}).err,
             Contains("label in \"label\", text in \"text\", id in \"ID\")"));
  CHECK_THAT(eval(folder, {csv, "--predictions", "-"}).out, Contains("\na 1\tspace\tspace\t"));
  CHECK(folder.predict({csv}).out == "a 1\tspace\t0.6791787\nb 2\tbaseball\t0.9046505\n");
  CHECK_THAT(folder
                 .predict({"--format", "jsonl", "--output-format", "jsonl"},
                          "{\"doc_id\":7,\"text\":\"moon\"}\n")
                 .out,
             Contains("\"id\":\"7\""));
}
