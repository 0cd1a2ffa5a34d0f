// SPDX-License-Identifier: MIT
#include <cmath>
#include <nlohmann/json.hpp>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// The hand-made model, and labelled documents: of `space` two right and one wrong, of `baseball`
/// one right, and one of a label that the model does not know.
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

TEST_CASE("documents of unknown labels count as wrong, with one warning and status 0") {
  const EvalFolder folder;
  const Outcome outcome = run_newsclf({"eval", folder.model(), folder.data(), "--json", "-"});
  CHECK(outcome.status == 0);
  CHECK_THAT(
      outcome.err,
      Contains("newsclf: warning: 1 documents of 1 labels that the model does not know count "
               "as wrong (hockey); --known-labels leaves them out\n"));
  const auto scores = nlohmann::json::parse(outcome.out);
  CHECK(scores["documents"] == 5);
  CHECK(scores["accuracy"] == 0.6);
  CHECK(scores["counts"]["unknown_label"] == 1);
  CHECK(scores["confusion"] == nlohmann::json::parse("[[1,0],[1,2]]"));
}

TEST_CASE("the option --known-labels leaves them out and says so") {
  const EvalFolder folder;
  const Outcome outcome =
      run_newsclf({"eval", folder.model(), folder.data(), "--known-labels", "--json", "-"});
  CHECK_THAT(outcome.err,
             Contains("left out 1 documents of 1 labels that the model does not know"));
  const auto scores = nlohmann::json::parse(outcome.out);
  CHECK(scores["documents"] == 4);
  CHECK(scores["accuracy"] == 0.75);
  CHECK(scores["counts"]["read"] == 5);
}

TEST_CASE("the option --labels scores documents of these labels alone") {
  const EvalFolder folder;
  const Outcome outcome =
      run_newsclf({"eval", folder.model(), folder.data(), "--labels", "baseball", "--json", "-"});
  CHECK(nlohmann::json::parse(outcome.out)["documents"] == 1);
}

TEST_CASE("the text report names accuracy, averages, matrix and the worst mistakes") {
  const EvalFolder folder;
  const Outcome outcome = run_newsclf({"eval", folder.model(), folder.data(), "--known-labels"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("accuracy 75.00 %, 95 % interval 30.06 to 95.44 (3 of 4 "
                                   "documents)\n"));
  CHECK_THAT(outcome.out, Contains("\nlog loss 0.7531 nats\ncalibration error 36.78 %\n\n"
                                   "reliability: "));
  CHECK_THAT(outcome.out, Contains("macro average") && Contains("weighted average"));
  CHECK_THAT(outcome.out, Contains("space taken for baseball: space/3\n"));
}

TEST_CASE("the figures of probabilities are those of the model's logits") {
  const EvalFolder folder;
  const Outcome outcome = run_newsclf({"eval", folder.model(), folder.data(), "--json", "-"});
  const auto scores = nlohmann::json::parse(outcome.out);
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  // The logits of baseball and space: moon 0.625 1.375, orbit orbit 0.25 4, bat 2.375 0.125,
  // ball 1.25 0, puck 0.25 0. All but bat (space) and puck (hockey) are right.
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

TEST_CASE("the option --json FILE writes the figures beside the report") {
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
  CHECK_THAT(outcome.err, Contains("no document has a label of the model " + folder.model() +
                                   " (baseball, space); the labels here are hockey, tennis\n"));
}

TEST_CASE("the report of a run with stdout closed does not end up in the JSON file") {
  const EvalFolder folder;
  const std::string file = folder / "scores.json";
  const Outcome outcome = run_shell("$NEWSCLF eval " + folder.model() + ' ' + folder.data() +
                                    " -q --json " + file + " >&-");
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("newsclf: standard output: cannot write: "));
  CHECK(nlohmann::json::parse(read_file(file))["accuracy"] == 0.6);  // and nothing besides
}

TEST_CASE("the model itself is not overwritten by --json") {
  const EvalFolder folder;
  const std::string before = read_file(folder.model());
  const Outcome outcome =
      run_newsclf({"eval", folder.model(), folder.data(), "--json", folder.model()});
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "newsclf: " + folder.model() +
                           ": this is the model itself; take another name for --json\n");
  CHECK(read_file(folder.model()) == before);
}
