// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// The model of `tiny_classifier`; one that predicts baseball for `moon`; one with the label hockey
/// instead of baseball; and documents of all three labels.
class CompareFolder : public TempDir {
 public:
  CompareFolder() {
    save_model(tiny_classifier(), model());
    const std::vector<float> bias = {1.25f, 0};
    Classifier biased = tiny_classifier();
    biased.ensemble.networks[0].output_bias = bias;
    save_model(biased, this->biased());
    Classifier hockey = tiny_classifier();
    hockey.labels = LabelSet({"hockey", "space"});
    save_model(hockey, this->hockey());
    write("data/baseball/1", "ball\n");
    write("data/hockey/1", "puck\n");
    write("data/space/1", "moon\n");
    write("data/space/2", "orbit orbit\n");
    write("data/space/3", "bat\n");
  }
  std::string model() const { return *this / "model"; }
  std::string biased() const { return *this / "biased"; }
  std::string hockey() const { return *this / "hockey"; }
  std::string data() const { return *this / "data"; }

  Outcome compare(const std::string& first, const std::string& second,
                  std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"compare", first, second, data(), "-q"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_newsclf(arguments);
  }
};

}  // namespace

TEST_CASE("compare shows accuracies, difference, test and changed documents") {
  const CompareFolder folder;
  const Outcome outcome = folder.compare(folder.model(), folder.biased());
  CHECK(outcome.status == 0);
  CHECK(outcome.out ==
        "first   " + folder.model() +
            ": accuracy 60.00 %, 95 % interval 23.07 to 88.24 (3 of 5 documents; 1 with an unknown "
            "label)\n"
            "second  " +
            folder.biased() +
            ": accuracy 40.00 %, 95 % interval 11.76 to 76.93 (2 of 5 documents; 1 with an unknown "
            "label)\n"
            "second minus first: -20.00 percentage points, 95 % interval -54.58 to +25.23\n"
            "macro F1: first 65.00 %, second 45.00 %, difference -20.00 percentage points\n"
            "\n"
            "documents      second correct  second wrong\n"
            "first correct               2             1\n"
            "first wrong                 0             2\n"
            "\n"
            "McNemar's exact test, two-sided: p = 1, based on 1 document that only one model "
            "labels correctly\n"
            "the predicted label differs on 1 of 5 documents\n"
            "\n"
            "changed documents, highest probabilities first\n"
            "correct  first         %  second        %  label     document\n"
            "first    space     67.92  baseball  56.22  space     space/1\n");
  CHECK(outcome.err ==
        "newsclf: warning: 1 document with 1 label that a model does not know counts as wrong for "
        "that model (hockey); --known-labels skips such documents\n");
}

TEST_CASE("models with different labels are each wrong about labels that they do not know") {
  const CompareFolder folder;
  const Outcome outcome = folder.compare(folder.model(), folder.hockey(), {"--json", "-"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("2 documents with 2 labels that a model does not know count as "
                                   "wrong for that model (baseball, hockey)"));
  const auto figures = nlohmann::json::parse(outcome.out);
  CHECK(figures["documents"] == 5);
  CHECK(figures["models"][0]["name"] == folder.model());
  CHECK(figures["models"][0]["right"] == 3);
  CHECK(figures["models"][0]["unknown_label"] == 1);
  CHECK(figures["models"][1]["right"] == 3);
  CHECK(figures["models"][1]["unknown_label"] == 1);
  CHECK(figures["both_right"] == 2);
  CHECK(figures["only_first"] == 1);
  CHECK(figures["only_second"] == 1);
  CHECK(figures["both_wrong"] == 1);
  CHECK(figures["difference"] == 0);
  CHECK(figures["changed"] == 3);
  CHECK(figures["changed_documents"][1]["id"] == "hockey/1");
  CHECK(figures["changed_documents"][1]["second"]["right"] == true);
}

TEST_CASE("compare with --known-labels scores only documents with labels that both models know") {
  const CompareFolder folder;
  const Outcome outcome = run_newsclf(
      {"compare", folder.model(), folder.hockey(), folder.data(), "--known-labels", "--json", "-"});
  CHECK_THAT(outcome.err,
             Contains("skipped 2 documents with 2 labels that a model does not know\n"));
  const auto figures = nlohmann::json::parse(outcome.out);
  CHECK(figures["documents"] == 3);
  CHECK(figures["both_right"] == 2);
  CHECK(figures["both_wrong"] == 1);
  CHECK(figures["changed"] == 1);
}

TEST_CASE("comparing a model with itself shows no difference") {
  const CompareFolder folder;
  save_model(tiny_classifier(), folder / "copy");
  const Outcome outcome = folder.compare(folder.model(), folder / "copy");
  CHECK(outcome.status == 0);
  CHECK_THAT(
      outcome.out,
      Contains("\nboth files contain the same model\nsecond minus first: +0.00 percentage points"));
  CHECK_THAT(outcome.out,
             Contains("p = 1, based on 0 documents that only one model labels correctly\n"
                      "the predicted label differs on 0 of 5 documents\n"));
  CHECK_THAT(outcome.out, !Contains("changed documents"));
}

TEST_CASE("a drop of more than --max-drop gives status 3 after everything is written") {
  const CompareFolder folder;
  const auto compare = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--labels", "baseball,space", "--json", folder / "scores.json"});
    return folder.compare(folder.model(), folder.biased(), more);
  };
  // Without hockey, 3 and 2 of 4 documents are right; macro F1 is (2/3 + 4/5) / 2 and 1/2.
  const std::string models = " 0.75 (" + folder.model() + ") to 0.5 (" + folder.biased() + "), ";
  const Outcome missed = compare({"--max-drop", "0.24"});
  CHECK(missed.status == 3);
  CHECK(missed.err ==
        "newsclf: accuracy fell from" + models + "by 0.25, more than --max-drop 0.24\n");
  CHECK_THAT(missed.out, Contains("second minus first: -25.00 percentage points"));
  CHECK(nlohmann::json::parse(read_file(folder / "scores.json"))["difference"] == -0.25);
  CHECK(compare({"--max-drop", "0.25"}).status == 0);
  CHECK(compare({"--max-drop", "0.25", "--metric", "accuracy"}).status == 0);

  const Outcome macro = compare({"--max-drop", "0.2", "--metric", "macro-f1"});
  CHECK(macro.status == 3);
  CHECK(macro.err == "newsclf: macro F1 fell from 0.733333 (" + folder.model() + ") to 0.5 (" +
                         folder.biased() + "), by 0.233333, more than --max-drop 0.2\n");
  CHECK(compare({"--max-drop", "0.24", "--metric", "macro-f1"}).status == 0);
}

TEST_CASE("a drop of exactly --max-drop, and a better second model, give status 0") {
  const CompareFolder folder;
  folder.write("data/baseball/2", "ball\n");
  std::filesystem::remove_all(folder / "data/hockey");
  // 4 and 3 of 5 documents are right; 0.8 - 0.6 is more than 0.2 in floating point.
  const Outcome outcome =
      folder.compare(folder.model(), folder.biased(), {"--max-drop", "0.2", "--json", "-"});
  CHECK(nlohmann::json::parse(outcome.out)["models"][1]["accuracy"] == 0.6);
  CHECK(outcome.status == 0);
  CHECK(folder.compare(folder.biased(), folder.model(), {"--max-drop", "0"}).status == 0);
  CHECK(folder.compare(folder.model(), folder.biased(), {"--max-drop", "0"}).status == 3);
}

TEST_CASE("the status of --max-drop does not depend on a reader of the report") {
  const CompareFolder folder;
  const Outcome outcome =
      run_shell("{ yes; $NEWSCLF compare " + folder.model() + ' ' + folder.biased() + ' ' +
                folder.data() + " -q --max-drop 0.1; echo status $? >&2; } | true");
  CHECK_THAT(outcome.err, Contains("status 3\n"));
}

TEST_CASE("the option --metric needs --max-drop, which must be from 0 to 1") {
  const auto refused = [](std::vector<std::string> more, const std::string& message) {
    more.insert(more.begin(), {"compare", "a", "b", "d"});
    const Outcome outcome = run_newsclf(more);
    CHECK(outcome.status == 2);
    CHECK(outcome.err == "newsclf: " + message + "; see newsclf compare --help\n");
  };
  refused({"--metric", "macro-f1"}, "--metric: needs --max-drop");
  refused({"--metric", "f1", "--max-drop", "0"},
          "--metric: must be accuracy or macro-f1, got 'f1'");
  refused({"--max-drop", "5"}, "--max-drop: must be a number from 0 to 1, got '5'");
}

TEST_CASE("compare writes both answers for every document with --predictions") {
  const CompareFolder folder;
  const std::string expected =
      "id\tlabel\tfirst_label\tfirst_probability\tsecond_label\tsecond_probability\n"
      "baseball/1\tbaseball\tbaseball\t0.7772999\tbaseball\t0.9046505\n"
      "hockey/1\thockey\tbaseball\t0.5621765\tbaseball\t0.7772999\n"
      "space/1\tspace\tspace\t0.6791787\tbaseball\t0.5621765\n"
      "space/2\tspace\tspace\t0.97702265\tspace\t0.93991333\n"
      "space/3\tspace\tbaseball\t0.9046505\tbaseball\t0.9626731\n";
  CHECK(folder.compare(folder.model(), folder.biased(), {"--predictions", "-"}).out == expected);
  const Outcome outcome =
      folder.compare(folder.model(), folder.biased(), {"--predictions", folder / "answers.tsv"});
  CHECK(outcome.out.starts_with("first "));
  CHECK(read_file(folder / "answers.tsv") == expected);
}

TEST_CASE("the option --changes limits the changed documents shown, and the JSON contains all") {
  const CompareFolder folder;
  const Outcome outcome = folder.compare(folder.model(), folder.hockey(),
                                         {"--changes", "1", "--json", folder / "figures.json"});
  CHECK_THAT(outcome.out,
             Contains("highest probabilities first (1 of 3; --changes N shows more)\n") &&
                 Contains("space/3\n") && !Contains("hockey/1"));
  CHECK(nlohmann::json::parse(read_file(folder / "figures.json"))["changed_documents"].size() == 3);
}

TEST_CASE("both backends give the same comparison") {
  const CompareFolder folder;
  const auto compared = [&](const char* backend) {
    return folder.compare(folder.model(), folder.biased(), {"--backend", backend}).out;
  };
  CHECK_THAT(compared("torch"), Contains("accuracy 60.00 %"));
  CHECK(compared("torch") == compared("native"));
}

TEST_CASE("models without a shared label and data without a label of both models are refused") {
  const CompareFolder folder;
  Classifier other = tiny_classifier();
  other.labels = LabelSet({"bridge", "chess"});
  save_model(other, folder / "other");
  const Outcome disjoint = folder.compare(folder.model(), folder / "other");
  CHECK(disjoint.status == 1);
  CHECK(disjoint.err == "newsclf: " + (folder / "other") +
                            ": this model has no label in common with " + folder.model() +
                            "; compare models with the same labels\n");
  const Outcome unknown =
      folder.compare(folder.model(), folder.hockey(), {"--labels", "baseball,hockey"});
  CHECK(unknown.status == 1);
  CHECK(unknown.out.empty());
  CHECK_THAT(unknown.err, Contains(folder.data() +
                                   ": no document has a label known to both models (space); DATA "
                                   "has the labels baseball, hockey\n"));
}

TEST_CASE("compare does not write over a model, its data or another result") {
  const CompareFolder folder;
  const auto refused = [&](const std::vector<std::string>& more, const std::string& message) {
    const Outcome outcome = folder.compare(folder.model(), folder.biased(), more);
    CHECK(outcome.status == 1);
    CHECK(outcome.out.empty());
    CHECK(outcome.err == "newsclf: " + message + "\n");
  };
  const std::string before = read_file(folder.biased());
  refused({"--json", folder.biased()},
          folder.biased() + ": this is the model itself; use another name for --json");
  CHECK(read_file(folder.biased()) == before);
  const std::string file = folder / "result";
  refused({"--json", file, "--predictions", file},
          file + ": --json also writes this file; use another name for --predictions");
  CHECK_FALSE(std::filesystem::exists(file));
  const Outcome both_on_stdout =
      folder.compare(folder.model(), folder.biased(), {"--json", "-", "--predictions", "-"});
  CHECK(both_on_stdout.status == 2);
  CHECK(both_on_stdout.err ==
        "newsclf: --predictions -: --json - already uses stdout; see newsclf compare --help\n");
}

TEST_CASE("the error for a missing model or data folder shows its name") {
  const CompareFolder folder;
  const Outcome no_model = folder.compare(folder.model(), folder / "none");
  CHECK(no_model.status == 1);
  CHECK_THAT(no_model.err, Contains((folder / "none") + ": cannot open the model"));
  CHECK(run_newsclf({"compare", folder.model(), folder.biased()}).err ==
        "newsclf: DATA is required; see newsclf compare --help\n");
}
