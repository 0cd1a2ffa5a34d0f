// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// The model of `tiny_classifier` and labelled documents: `space` has two right and one wrong,
/// `baseball` one right, and one document has a label that the model does not know.
class EvalFolder : public TempDir {
 public:
  EvalFolder() {
    save_model(tiny_classifier(), model());
    write("data/space/1", "moon\n");
    write("data/space/2", "orbit orbit\n");
    write("data/space/3", "bat\n");
    write("data/baseball/1", "ball\n");
    write("data/hockey/1", "puck\n");
  }
  std::string model() const { return *this / "model"; }
  std::string data() const { return *this / "data"; }
};

}  // namespace

TEST_CASE("documents with unknown labels count as wrong, with one warning and status 0") {
  const EvalFolder folder;
  const Outcome outcome = run_newsclf({"eval", folder.model(), folder.data(), "--json", "-"});
  CHECK(outcome.status == 0);
  CHECK_THAT(
      outcome.err,
      Contains("newsclf: warning: 1 document with 1 label that the model does not know counts "
               "as wrong (hockey); --known-labels skips such documents\n"));
  const auto scores = nlohmann::json::parse(outcome.out);
  CHECK(scores["documents"] == 5);
  CHECK(scores["accuracy"] == 0.6);
  CHECK(scores["counts"]["unknown_label"] == 1);
  CHECK(scores["confusion"] == nlohmann::json::parse("[[1,0],[1,2]]"));
}

TEST_CASE("the option --known-labels skips documents with unknown labels and prints their number") {
  const EvalFolder folder;
  const Outcome outcome =
      run_newsclf({"eval", folder.model(), folder.data(), "--known-labels", "--json", "-"});
  CHECK_THAT(outcome.err, Contains("skipped 1 document with 1 label that the model does not know"));
  const auto scores = nlohmann::json::parse(outcome.out);
  CHECK(scores["documents"] == 4);
  CHECK(scores["accuracy"] == 0.75);
  CHECK(scores["counts"]["read"] == 5);
}

TEST_CASE("the option --labels scores only documents with these labels") {
  const EvalFolder folder;
  const Outcome outcome =
      run_newsclf({"eval", folder.model(), folder.data(), "--labels", "baseball", "--json", "-"});
  CHECK(nlohmann::json::parse(outcome.out)["documents"] == 1);
}

TEST_CASE("the text report shows accuracy, averages, matrix and the worst mistakes") {
  const EvalFolder folder;
  const Outcome outcome = run_newsclf({"eval", folder.model(), folder.data(), "--known-labels"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("accuracy 75.00 %, 95 % interval 30.06 to 95.44 (3 of 4 "
                                   "documents)\n"));
  CHECK_THAT(outcome.out, Contains("\nlog loss 0.7531 nats\ncalibration error 36.78 %\n\n"
                                   "reliability: "));
  CHECK_THAT(outcome.out, Contains("macro average") && Contains("weighted average"));
  CHECK_THAT(outcome.out, Contains("space predicted as baseball: space/3\n"));
}

TEST_CASE("the metrics of probabilities follow from the model's logits") {
  const EvalFolder folder;
  const Outcome outcome = run_newsclf({"eval", folder.model(), folder.data(), "--json", "-"});
  const auto scores = nlohmann::json::parse(outcome.out);
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  // The logits of baseball and space: moon 0.625 1.375, orbit orbit 0.25 4, bat 2.375 0.125,
  // ball 1.25 0, puck 0.25 0. All except bat (space) and puck (hockey) are right.
  const double moon = sigmoid(0.75), orbit = sigmoid(3.75), bat = sigmoid(2.25),
               ball = sigmoid(1.25), puck = sigmoid(0.25);
  CHECK(scores["log_loss"].get<double>() == Approx(-std::log(moon * orbit * (1 - bat) * ball) / 4));
  // 0.68, 0.98, 0.90, 0.78 and 0.56 fall into five bins.
  CHECK(scores["calibration_error"].get<double>() ==
        Approx(((1 - moon) + (1 - orbit) + bat + (1 - ball) + puck) / 5));
  CHECK(scores["top_k"] == nlohmann::json::parse(R"({"1": 0.6})"));
  CHECK(scores["temperature"] == 1);
  CHECK_FALSE(scores.contains("before_calibration"));
  REQUIRE(scores["reliability"].size() == 15);
  const int documents[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1};
  for (std::size_t i = 0; i < 15; ++i) CHECK(scores["reliability"][i]["documents"] == documents[i]);
  CHECK(scores["reliability"][10]["mean_probability"].get<double>() == Approx(moon));
  CHECK(scores["reliability"][10]["accuracy"] == 1);
  CHECK(scores["reliability"][13]["accuracy"] == 0);
}

TEST_CASE("the option --json FILE writes the metrics in addition to the report") {
  const EvalFolder folder;
  const std::string file = folder / "scores.json";
  const Outcome outcome = run_newsclf({"eval", folder.model(), folder.data(), "--json", file});
  CHECK_THAT(outcome.out, Contains("accuracy 60.00 %"));
  CHECK(nlohmann::json::parse(read_file(file))["accuracy"] == 0.6);
}

TEST_CASE("both backends score the same") {
  const EvalFolder folder;
  const auto score = [&](const char* backend) {
    return run_newsclf({"eval", folder.model(), folder.data(), "--backend", backend}).out;
  };
  CHECK_THAT(score("torch"), Contains("accuracy 60.00 %"));
  CHECK(score("torch") == score("native"));
}

TEST_CASE("data without a single known label is an error that shows both sides") {
  const EvalFolder folder;
  folder.write("other/hockey/1", "puck\n");
  folder.write("other/tennis/1", "net\n");
  const Outcome outcome = run_newsclf({"eval", folder.model(), folder / "other"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Contains("no document has a label known to the model " + folder.model() +
                                   " (baseball, space); DATA has the labels hockey, tennis\n"));
}

TEST_CASE("the report of a run with stdout closed does not end up in the JSON file") {
  const EvalFolder folder;
  const std::string file = folder / "scores.json";
  const Outcome outcome = run_shell("$NEWSCLF eval " + folder.model() + ' ' + folder.data() +
                                    " -q --json " + file + " >&-");
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("newsclf: standard output: cannot write: "));
  CHECK(nlohmann::json::parse(read_file(file))["accuracy"] == 0.6);  // and nothing else
}

TEST_CASE("the model itself is not overwritten by --json") {
  const EvalFolder folder;
  const std::string before = read_file(folder.model());
  const Outcome outcome =
      run_newsclf({"eval", folder.model(), folder.data(), "--json", folder.model()});
  CHECK(outcome.status == 1);
  CHECK(outcome.err ==
        "newsclf: " + folder.model() + ": this is the model itself; use another name for --json\n");
  CHECK(read_file(folder.model()) == before);
}

TEST_CASE("the option --report writes a page in addition to the text report") {
  const EvalFolder folder;
  const std::string file = folder / "report.html";
  const std::vector<std::string> words = {"eval", folder.model(), folder.data()};
  const Outcome plain = run_newsclf(words);
  const Outcome outcome =
      run_newsclf({"eval", folder.model(), folder.data(), "--report", file, "--json", "-"});
  CHECK(outcome.status == 0);
  CHECK(nlohmann::json::parse(outcome.out)["accuracy"] == 0.6);
  CHECK_THAT(outcome.err, Contains("wrote " + file + "\n"));
  const std::string page = read_file(file);
  CHECK_THAT(page, Contains("<h1>" + folder.model() + " on " + folder.data() + "</h1>"));
  CHECK_THAT(page, Contains("<dt>Accuracy</dt><dd>60.00 % "));
  // bat contributes to baseball; puck, with an unknown label, is an unknown token.
  CHECK_THAT(page, Contains("<b>space</b> (9.53 %) predicted as <b>baseball</b> (90.47 %) "
                            "<a href=\"#mistake-1\"><bdi>space/3</bdi></a>"));
  CHECK_THAT(page, Contains("<a href=\"#mistake-1\">1<small>33.33 %</small></a>"));
  CHECK_THAT(page, Contains("title=\"+2.125\">bat</mark>"));
  CHECK_THAT(page, Contains("<b>hockey</b> (a label that the model does not know) predicted as"));
  CHECK_THAT(page, Contains("Learning curve"));

  CHECK(run_newsclf({"eval", folder.model(), folder.data(), "--report", file}).out == plain.out);
  CHECK(read_file(file) == page);
}

TEST_CASE("the footer of the report has the digest of the model file") {
  const EvalFolder folder;
  run_newsclf({"eval", folder.model(), folder.data(), "--report", folder / "report.html"});
  const auto info = nlohmann::json::parse(run_newsclf({"info", folder.model(), "--json", "-"}).out);
  CHECK_THAT(read_file(folder / "report.html"),
             Contains("digest " + info["file"]["digest"].get<std::string>() + ".</p>"));
}

TEST_CASE("the option --mistakes limits the mistakes in the report") {
  const EvalFolder folder;
  const auto mistakes = [&](const std::string& number) {
    const std::string file = folder / "report.html";
    const Outcome outcome = run_newsclf(
        {"eval", folder.model(), folder.data(), "-q", "--report", file, "--mistakes", number});
    CHECK(outcome.status == 0);
    const std::string page = read_file(file);
    CHECK((page.find("Worst mistakes") != std::string::npos) == (number != "0"));
    int articles = 0;
    for (std::size_t at = 0; (at = page.find("<article", at)) != std::string::npos; ++at)
      ++articles;
    return articles;
  };
  CHECK(mistakes("0") == 0);
  CHECK(mistakes("1") == 1);
  CHECK(mistakes("9") == 2);
  const Outcome alone = run_newsclf({"eval", folder.model(), folder.data(), "--mistakes", "5"});
  CHECK(alone.status == 2);
  CHECK_THAT(alone.err, Contains("--mistakes: needs --report"));
}

TEST_CASE("the report does not depend on threads or on the backend") {
  const EvalFolder folder;
  const auto page = [&](const std::vector<std::string>& options) {
    std::vector<std::string> words = {"eval", folder.model(), folder.data(), "--report",
                                      folder / "report.html"};
    words.insert(words.end(), options.begin(), options.end());
    CHECK(run_newsclf(words).status == 0);
    return read_file(folder / "report.html");
  };
  const std::string one = page({"--threads", "1"});
  CHECK(page({"--threads", "3"}) == one);
  CHECK(page({"--backend", "torch"}) == one);
}

TEST_CASE("a report that cannot be written is refused before any work") {
  const EvalFolder folder;
  const std::string before = read_file(folder.model());
  const Outcome model =
      run_newsclf({"eval", folder.model(), folder.data(), "--report", folder.model()});
  CHECK(model.status == 1);
  CHECK(model.out.empty());
  CHECK(model.err == "newsclf: " + folder.model() +
                         ": this is the model itself; use another name for --report\n");
  CHECK(read_file(folder.model()) == before);

  const Outcome nowhere =
      run_newsclf({"eval", folder.model(), folder.data(), "--report", folder / "none/report.html"});
  CHECK(nowhere.status == 1);
  CHECK(nowhere.out.empty());
  CHECK_THAT(nowhere.err, Contains(folder / "none/report.html"));

  const Outcome same = run_newsclf({"eval", folder.model(), folder.data(), "--report",
                                    folder / "scores", "--json", folder / "scores"});
  CHECK(same.status == 1);
  CHECK_THAT(same.err, Contains("--json also writes this file; use another name for --report"));
}

TEST_CASE("eval writes one line per document with --predictions") {
  const EvalFolder folder;
  // From the logits above; the true label of the last document has 1 - 0.9046505.
  const std::string expected =
      "id\tlabel\tpredicted\tprobability\tlabel_probability\tlabel_rank\n"
      "baseball/1\tbaseball\tbaseball\t0.7772999\t0.7772999\t1\n"
      "hockey/1\thockey\tbaseball\t0.5621765\t\t\n"
      "space/1\tspace\tspace\t0.6791787\t0.6791787\t1\n"
      "space/2\tspace\tspace\t0.97702265\t0.97702265\t1\n"
      "space/3\tspace\tbaseball\t0.9046505\t0.09534947\t2\n";
  const std::string file = folder / "predictions.tsv";
  const Outcome beside =
      run_newsclf({"eval", folder.model(), folder.data(), "--predictions", file});
  CHECK(beside.status == 0);
  CHECK_THAT(beside.out, Contains("accuracy 60.00 %"));
  CHECK(read_file(file) == expected);
  CHECK(run_newsclf({"eval", folder.model(), folder.data(), "--predictions", "-"}).out == expected);
}

TEST_CASE("the option --predictions writes only scored documents, with escaped names") {
  const EvalFolder folder;
  folder.write("data/space/a\tb\nc\\d", "moon\n");
  const Outcome outcome = run_newsclf({"eval", folder.model(), folder.data(), "--known-labels",
                                       "--labels", "space", "--predictions", "-"});
  CHECK(std::count(outcome.out.begin(), outcome.out.end(), '\n') == 5);
  CHECK_THAT(outcome.out, Contains("\nspace/a\\tb\\nc\\\\d\tspace\tspace\t0.6791787\t"));
}

TEST_CASE("eval writes --json and --predictions together, only one of them to stdout") {
  const EvalFolder folder;
  const std::string file = folder / "predictions.tsv";
  const Outcome outcome =
      run_newsclf({"eval", folder.model(), folder.data(), "--json", "-", "--predictions", file});
  CHECK(nlohmann::json::parse(outcome.out)["accuracy"] == 0.6);
  CHECK(read_file(file).starts_with("id\tlabel\t"));
  const Outcome both =
      run_newsclf({"eval", folder.model(), folder.data(), "--json", "-", "--predictions", "-"});
  CHECK(both.status == 2);
  CHECK(both.out.empty());
  CHECK(both.err ==
        "newsclf: --predictions -: --json - already uses stdout; see newsclf eval --help\n");
}

TEST_CASE("a result that cannot be written is refused before any work") {
  const EvalFolder folder;
  const auto refused = [&](const std::vector<std::string>& more, const std::string& message) {
    std::vector<std::string> arguments = {"eval", folder.model(), folder.data()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run_newsclf(arguments);
    CHECK(outcome.status == 1);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Contains(message) && !Contains("read "));
  };
  const std::string before = read_file(folder.model());
  refused({"--predictions", folder.model()},
          "newsclf: " + folder.model() +
              ": this is the model itself; use another name for --predictions\n");
  CHECK(read_file(folder.model()) == before);
  refused({"--predictions", folder / "none/p.tsv"},
          (folder / "none/p.tsv") + ": cannot create a file in its folder: ");
  refused({"--predictions", folder.path().string()},
          folder.path().string() + ": this exists and is not a regular file");
  refused({"--json", folder / "out", "--predictions", folder.path().string() + "/./out"},
          "--json also writes this file; use another name for --predictions\n");
}

TEST_CASE("an accuracy below --min-accuracy gives status 3 after everything is written") {
  const EvalFolder folder;
  const auto eval = [&](const char* threshold) {
    return run_newsclf({"eval", folder.model(), folder.data(), "-q", "--known-labels",
                        "--min-accuracy", threshold, "--json", folder / "scores.json",
                        "--predictions", folder / "predictions.tsv"});
  };
  const Outcome missed = eval("0.76");
  CHECK(missed.status == 3);
  CHECK(missed.err == "newsclf: accuracy 0.75 is below --min-accuracy 0.76\n");
  CHECK_THAT(missed.out, Contains("accuracy 75.00 %") && Contains("most confused"));
  CHECK(nlohmann::json::parse(read_file(folder / "scores.json"))["accuracy"] == 0.75);
  CHECK(read_file(folder / "predictions.tsv").starts_with("id\tlabel\t"));

  const Outcome met = eval("0.75");
  CHECK(met.status == 0);
  CHECK(met.err.empty());
}

TEST_CASE("both minimums of eval may be given, and all missed ones are reported") {
  const EvalFolder folder;
  const auto eval = [&](std::vector<std::string> thresholds) {
    thresholds.insert(thresholds.begin(),
                      {"eval", folder.model(), folder.data(), "-q", "--known-labels"});
    return run_newsclf(thresholds);
  };
  // Macro F1 is (2/3 + 4/5) / 2 = 0.7333.
  const Outcome both = eval({"--min-accuracy", "0.76", "--min-macro-f1", "0.74"});
  CHECK(both.status == 3);
  CHECK_THAT(both.err, Contains("newsclf: accuracy 0.75 is below --min-accuracy 0.76; macro F1 "
                                "0.7333") &&
                           Contains(" is below --min-macro-f1 0.74\n"));
  const Outcome one = eval({"--min-accuracy", "0.75", "--min-macro-f1", "0.74"});
  CHECK(one.status == 3);
  CHECK_THAT(one.err, Contains("newsclf: macro F1 0.7333") && !Contains("accuracy"));
  CHECK(eval({"--min-macro-f1", "0.73"}).status == 0);
}

TEST_CASE("with --probabilities, --predictions has one column per label") {
  const EvalFolder folder;
  const Outcome outcome = run_newsclf({"eval", folder.model(), folder.data(), "-q", "--labels",
                                       "baseball,hockey", "--predictions", "-", "--probabilities"});
  CHECK(outcome.out ==
        "id\tlabel\tpredicted\tprobability\tlabel_probability\tlabel_rank\tbaseball\tspace\n"
        "baseball/1\tbaseball\tbaseball\t0.7772999\t0.7772999\t1\t0.7772999\t0.22270013\n"
        "hockey/1\thockey\tbaseball\t0.5621765\t\t\t0.5621765\t0.4378235\n");
  const Outcome without = run_newsclf({"eval", folder.model(), folder.data(), "--probabilities"});
  CHECK(without.status == 2);
  CHECK(without.err == "newsclf: --probabilities: needs --predictions; see newsclf eval --help\n");
}

TEST_CASE("the status of --min-accuracy does not depend on a reader of the report") {
  const EvalFolder folder;
  const auto status = [&](const std::string& threshold) {
    // The reader has ended before the model is opened, because its end stops `yes`.
    const Outcome outcome =
        run_shell("{ yes; $NEWSCLF eval " + folder.model() + ' ' + folder.data() +
                  " -q --min-accuracy " + threshold + "; echo status $? >&2; } | true");
    return outcome.err.substr(outcome.err.find("status"));
  };
  CHECK(status("0.9") == "status 3\n");
  CHECK(status("0.1") == "status 0\n");
}

TEST_CASE("a threshold that is not from 0 to 1 is refused") {
  for (const char* threshold : {"95", "-0.1", "nan", "x"}) {
    const Outcome outcome = run_newsclf({"eval", "m", "d", "--min-accuracy", threshold});
    CHECK(outcome.status == 2);
    CHECK(outcome.err == "newsclf: --min-accuracy: must be a number from 0 to 1, got '" +
                             std::string(threshold) + "'; see newsclf eval --help\n");
  }
}
