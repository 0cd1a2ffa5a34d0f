// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// Trains on the project's corpus, small and quickly.
Outcome train(const std::string& model, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"train", sample_data() + "/train", "-o", model, "--hidden",
                                        "16,8"};
  if (std::ranges::find(more, "--epochs") == more.end()) more.insert(more.end(), {"--epochs", "8"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_newsclf(arguments);
}

/// The objects of a --log file.
std::vector<nlohmann::json> read_log(const std::string& path) {
  std::vector<nlohmann::json> lines;
  std::istringstream file(read_file(path));
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

/// The first column of what predict wrote.
std::vector<std::string> labels_in(const std::string& answers) {
  std::vector<std::string> labels;
  std::istringstream lines(answers);
  for (std::string line; std::getline(lines, line);)
    labels.push_back(line.substr(0, line.find('\t')));
  return labels;
}

using Keys = std::set<std::string>;
Keys keys_of(const nlohmann::json& object) {
  Keys keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

/// Whether two model files hold the same vocabulary and network, bit by bit, whatever their
/// temperatures and their training records.
bool same_weights(const std::string& one, const std::string& other) {
  const Classifier a = load_model(one), b = load_model(other);
  const auto same = [](std::span<const float> x, std::span<const float> y) {
    return std::ranges::equal(std::as_bytes(x), std::as_bytes(y));
  };
  const Network &m = a.network, &n = b.network;
  const ColumnFactors f = a.vectorizer.factors(), g = b.vectorizer.factors();
  return m.shape == n.shape &&
         std::ranges::equal(a.vectorizer.vocabulary().bytes(), b.vectorizer.vocabulary().bytes()) &&
         same(f.idf, g.idf) && same(f.token_scale, g.token_scale) &&
         same(m.hidden1_weight, n.hidden1_weight) && same(m.hidden1_bias, n.hidden1_bias) &&
         same(m.hidden2_weight, n.hidden2_weight) && same(m.hidden2_bias, n.hidden2_bias) &&
         same(m.output_weight, n.output_weight) && same(m.output_bias, n.output_bias);
}

/// A folder of documents of the labels `a` and `b` to learn from, and another of documents whose
/// labels are the wrong ones: the more is learnt, the worse they are labelled.
class ContradictedFolder : public TempDir {
 public:
  ContradictedFolder() {
    for (const char n : {'1', '2', '3', '4', '5', '6'}) {
      write(std::string("train/a/") + n, std::string("moon orbit star") + n);
      write(std::string("train/b/") + n, std::string("ball bat base") + n);
      write(std::string("valid/a/") + n, std::string("ball bat xylophone") + n);
      write(std::string("valid/b/") + n, std::string("moon orbit xylophone") + n);
    }
  }
  /// Trains on the one, and holds the other out.
  Outcome train(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {
        "train",         *this / "train", "-o",   *this / "model", "--valid",
        *this / "valid", "--hidden",      "16,8", "--char-ngrams", "none"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_newsclf(arguments);
  }
  std::string model() const { return *this / "model"; }
};

double accuracy_of(const std::string& model) {
  const Outcome outcome = run_newsclf({"eval", model, sample_data() + "/test", "--json", "-"});
  REQUIRE(outcome.status == 0);
  return nlohmann::json::parse(outcome.out)["accuracy"];
}

}  // namespace

TEST_CASE("at defaults the project's own corpus is learnt") {
  const TempDir folder;
  const std::string model = folder / "model";
  const Outcome outcome = run_newsclf({"train", sample_data() + "/train", "-o", model});
  REQUIRE(outcome.status == 0);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Contains("102 documents, 3 labels"));
  CHECK_THAT(outcome.err, Contains("wrote " + model));
  CHECK_THAT(outcome.err, Contains("score it: newsclf eval " + model));
  CHECK(accuracy_of(model) >= 0.7);
}

TEST_CASE("without a terminal there is one line an epoch, and no control characters") {
  const TempDir folder;
  const std::string err = train(folder / "model").err;
  CHECK_THAT(err, Contains("\nepoch 1/8  loss ") && Contains("\nepoch 8/8  loss "));
  CHECK(err.find_first_of("\r\x1b") == std::string::npos);
}

TEST_CASE("on a terminal there is a bar") {
  const TempDir folder;
  // script(1) gives the command a terminal.
  const Outcome outcome =
      run_shell("TERM=xterm script -qec \"$NEWSCLF train " + sample_data() + "/train -o " +
                (folder / "model") + " --hidden 16,8 --epochs 8\" /dev/null");
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("\r[") && Contains(" left\x1b[K"));
  CHECK_THAT(outcome.out, !Contains("epoch 1/8  loss - \r\n"));
}

TEST_CASE("with -q train says nothing") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"-q"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out + outcome.err == "");
}

TEST_CASE("the same seed gives the same file for any number of threads, another seed another") {
  const TempDir folder;
  const auto trained = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "train", sample_data() + "/train", "-o", folder / name, "-q", "--epochs", "6"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    REQUIRE(run_newsclf(arguments).status == 0);
    return read_file(folder / name);
  };
  const std::string bytes = trained("seven", {"--seed", "7", "--threads", "1"});
  for (const std::string threads : {"2", "4"}) {
    INFO(threads << " threads");
    CHECK(trained("seven-" + threads, {"--seed", "7", "--threads", threads}) == bytes);
  }
  CHECK(trained("eight", {"--seed", "8"}) != bytes);
}

TEST_CASE("an ensemble has as many members as --members says, 3 by default") {
  const TempDir folder;
  const auto members = [&](const std::string& name, const std::vector<std::string>& more,
                           const std::string& said) {
    const Outcome outcome = train(folder / name, more);
    REQUIRE(outcome.status == 0);
    CHECK_THAT(outcome.err, Contains("3 labels, " + said + " x hidden 16,8, "));
    const ModelSummary summary = summarize_model(folder / name);
    CHECK(summary.shape.hidden1 == 16);
    CHECK(summary.shape.hidden2 == 8);
    return summary.shape.members;
  };
  CHECK(members("one", {"--members", "1"}, "1") == 1);
  CHECK(members("default", {}, "3") == 3);
}

TEST_CASE("documents held out are scored after every epoch, and learnt from by the refit alone") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--valid-fraction", "0.25"});
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("\n75 documents to learn from, 27 held out, ") &&
                              Contains("\nepoch 8/8  loss ") && Contains(", held out: loss ") &&
                              Contains("\naccuracy on the 27 documents held out: ") &&
                              Contains(" % (epoch 8)\n") &&
                              Contains("\n102 documents to learn from, 0 held out, ") &&
                              Contains("\nrefit epoch 8/8  loss "));
  CHECK_THAT(outcome.err, !Contains("nothing was held out"));
  const TrainingRecord record = summarize_model(folder / "model").training;
  CHECK(record.documents == 102);
  CHECK(record.held_out == 27);
  REQUIRE(record.epochs.size() == 8);
  REQUIRE(record.validation_epochs.size() == 8);
  CHECK_FALSE(record.epochs.back().valid_accuracy);
  CHECK(record.validation_epochs.back().valid_accuracy);
  CHECK(record.validation_epochs.back().valid_loss);
}

TEST_CASE("a refit learns what a training without validation learns, but for the temperature") {
  const TempDir folder;
  const std::string plain = folder / "plain", refit = folder / "refit",
                    calibrated = folder / "calibrated";
  REQUIRE(train(plain).status == 0);
  const Outcome without = train(refit, {"--valid-fraction", "0.25", "--no-calibration"});
  const Outcome with = train(calibrated, {"--valid-fraction", "0.25"});
  CHECK_THAT(without.err, !Contains("temperature"));
  CHECK_THAT(with.err, Contains("\ntemperature of the probabilities, fitted on them: "));
  CHECK(same_weights(refit, plain));
  CHECK(same_weights(calibrated, plain));
  const auto temperature = [](const std::string& model) {
    return load_model(model).network.temperature;
  };
  CHECK(temperature(plain) == 1);
  CHECK(temperature(refit) == 1);
  CHECK(temperature(calibrated) != 1);
  CHECK(read_file(refit).find("\"temperature\":{") == std::string::npos);
  CHECK(read_file(calibrated).find("\"temperature\":{") != std::string::npos);

  const auto answers = [](const std::string& model) {
    return run_newsclf({"predict", model}, "the comet and the telescope\ncompost for the beans\n\n")
        .out;
  };
  CHECK(answers(refit) == answers(plain));
  CHECK(answers(calibrated) != answers(plain));
  CHECK(labels_in(answers(calibrated)) == labels_in(answers(plain)));
}

TEST_CASE("with --no-refit the documents held out are not learnt from") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--valid-fraction", "0.25", "--no-refit"});
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("\n75 documents to learn from, 27 held out, "));
  CHECK_THAT(outcome.err, !Contains("refit") && !Contains("\n102 documents to learn from"));
  const TrainingRecord record = summarize_model(folder / "model").training;
  CHECK(record.documents == 75);
  CHECK(record.held_out == 27);
  CHECK(record.validation_epochs.empty());
  REQUIRE(record.epochs.size() == 8);
  CHECK(record.epochs.front().valid_accuracy);
}

TEST_CASE("the folder of --valid is held out, and in the model after the refit alone") {
  const ContradictedFolder folder;
  const Outcome held_out = folder.train({"--no-refit"});
  REQUIRE(held_out.status == 0);
  CHECK_THAT(held_out.err, Contains("12 documents to learn from, 12 held out, 16 tokens\n") &&
                               Contains("accuracy on the 12 documents held out: "));
  CHECK(read_file(folder.model()).find("xylophone") == std::string::npos);

  const Outcome refitted = folder.train({"--force"});
  REQUIRE(refitted.status == 0);
  CHECK_THAT(refitted.err, Contains("24 documents to learn from, 0 held out, 22 tokens\n"));
  CHECK(read_file(folder.model()).find("xylophone") != std::string::npos);
}

TEST_CASE("patience ends a training early, and the refit with the best epoch") {
  const ContradictedFolder folder;
  const Outcome outcome =
      folder.train({"--patience", "4", "--epochs", "50", "--log", folder / "log"});
  REQUIRE(outcome.status == 0);
  std::vector<nlohmann::json> epochs, refit;
  for (const nlohmann::json& line : read_log(folder / "log"))
    (line.contains("refit") ? refit : epochs).push_back(line);
  REQUIRE(epochs.size() >= 5);
  REQUIRE(epochs.size() < 50);
  const std::size_t best = epochs.size() - 4;
  CHECK(refit.size() == best);
  CHECK_THAT(outcome.err, Contains(" % (epoch " + std::to_string(best) + ")\n"));
  for (std::size_t e = 0; e < epochs.size(); ++e) {
    const auto rank = [](const nlohmann::json& epoch) {
      return std::pair(-epoch["valid_accuracy"].get<double>(), epoch["valid_loss"].get<double>());
    };
    CHECK(rank(epochs[best - 1]) <= rank(epochs[e]));
    if (e < refit.size()) CHECK(refit[e]["lr"] == epochs[e]["lr"]);  // the same schedule
  }
  const TrainingRecord record = summarize_model(folder.model()).training;
  CHECK(record.best_epoch == static_cast<std::int64_t>(best));
  CHECK(record.epochs.size() == best);
  CHECK(record.validation_epochs.size() == epochs.size());
}

TEST_CASE("the log is one JSON object an epoch, of the documented keys alone") {
  const TempDir folder;
  const std::string log = folder.write("log", "from an earlier training\n");
  REQUIRE(train(folder / "plain", {"--log", log, "-q"}).status == 0);
  const auto plain = read_log(log);
  REQUIRE(plain.size() == 8);
  const std::vector<EpochRecord> recorded = summarize_model(folder / "plain").training.epochs;
  for (std::size_t e = 0; e < plain.size(); ++e) {
    CHECK(keys_of(plain[e]) == Keys{"epoch", "loss", "lr", "documents_per_s", "elapsed_s"});
    CHECK(plain[e]["epoch"] == e + 1);
    CHECK(plain[e]["loss"] == recorded[e].loss);
    CHECK(plain[e]["lr"].get<double>() ==
          Approx(1e-3 * std::sqrt(0.5) * (1 - static_cast<double>(e) / 8)));
    CHECK(plain[e]["documents_per_s"] > 0);
    CHECK(plain[e]["elapsed_s"] >= (e == 0 ? 0.0 : plain[e - 1]["elapsed_s"].get<double>()));
  }

  REQUIRE(train(folder / "valid", {"--log", log, "--valid-fraction", "0.25"}).status == 0);
  const auto valid = read_log(log);
  REQUIRE(valid.size() == 16);
  const auto scored = summarize_model(folder / "valid").training.validation_epochs;
  for (std::size_t e = 0; e < 8; ++e) {
    CHECK(keys_of(valid[e]) == Keys{"epoch", "loss", "valid_loss", "valid_accuracy", "lr",
                                    "documents_per_s", "elapsed_s"});
    CHECK(valid[e]["epoch"] == e + 1);
    CHECK(valid[e]["valid_loss"] == *scored[e].valid_loss);
    CHECK(valid[e]["valid_accuracy"] == *scored[e].valid_accuracy);
    const auto& refit = valid[8 + e];
    CHECK(keys_of(refit) == Keys{"epoch", "loss", "lr", "documents_per_s", "elapsed_s", "refit"});
    CHECK(refit["epoch"] == e + 1);
    CHECK(refit["refit"] == true);
    CHECK(refit["loss"] == recorded[e].loss);
  }
}

TEST_CASE("with --class-weight balanced or a file, rare labels count more") {
  const TempDir folder;
  // Nothing tells the labels apart but how many documents they have: 8 and 2.
  for (const char n : {'1', '2', '3', '4', '5', '6', '7', '8'})
    folder.write(std::string("data/common/") + n, "moon");
  for (const char n : {'1', '2'}) folder.write(std::string("data/rare/") + n, "moon");
  const std::string weights = folder.write("weights", "rare\t36\n");
  const auto probability_of_rare = [&](const std::string& class_weight, const std::string& kept) {
    const std::string model = folder / kept;
    const Outcome outcome =
        run_newsclf({"train", folder / "data", "-o", model, "--class-weight", class_weight,
                     "--hidden", "8,8", "--members", "1", "--dropout", "0", "--epochs", "100",
                     "--batch-size", "10", "--lr", "0.02"});
    REQUIRE(outcome.status == 0);
    CHECK(summarize_model(model).training.class_weight == kept);
    const std::string answer = run_newsclf({"predict", model}, "moon\n").out;
    const double probability = std::stod(answer.substr(answer.find('\t') + 1));
    return answer.starts_with("rare") ? probability : 1 - probability;
  };
  CHECK(probability_of_rare("none", "none") == Approx(0.2).margin(0.02));
  CHECK(probability_of_rare("balanced", "balanced") == Approx(0.5).margin(0.02));
  CHECK(probability_of_rare(weights, "file") == Approx(0.9).margin(0.02));
}

TEST_CASE("with --char-ngrams a form of a word that was not learnt is known by its parts") {
  const TempDir folder;
  folder.write("data/garden/1", "gardener greenhouse");
  folder.write("data/garden/2", "gardeners greenhouse");
  folder.write("data/road/1", "cyclist bicycle");
  folder.write("data/road/2", "cyclists bicycle");
  const auto trained = [&](const std::string& name, std::vector<std::string> more) {
    more.insert(more.begin(), {"train", folder / "data", "-o", folder / name, "-q"});
    REQUIRE(run_newsclf(more).status == 0);
    return summarize_model(folder / name);
  };
  const ModelSummary words = trained("words", {"--char-ngrams", "none"});
  const ModelSummary four = trained("four", {"--char-ngrams", "3-4"});
  const ModelSummary five = trained("five", {});  // as these documents are short
  CHECK(words.shape.inputs == 6);
  CHECK(words.options.text.max_char_ngram == 0);
  CHECK(four.options.text.min_char_ngram == 3);
  CHECK(four.options.text.max_char_ngram == 4);
  CHECK(five.options.text.min_char_ngram == 3);
  CHECK(five.options.text.max_char_ngram == 5);
  CHECK(words.shape.inputs < four.shape.inputs);
  CHECK(four.shape.inputs < five.shape.inputs);
  const auto answer = [&](const std::string& name) {
    return run_newsclf({"predict", folder / name}, "gardening\ncycling\n");
  };
  CHECK_THAT(answer("words").err, Contains("2 of 2 documents hold no token that the model knows"));
  CHECK(labels_in(answer("five").out) == std::vector<std::string>{"garden", "road"});
  CHECK(answer("five").err.empty());
}

TEST_CASE("what steps are like is as asked for or set by the data, and kept in the model") {
  const TempDir folder;
  const auto record = [&](const std::string& name, const std::vector<std::string>& more) {
    REQUIRE(train(folder / name, more).status == 0);
    return summarize_model(folder / name).training;
  };
  const TrainingRecord by_default = record("default", {});
  CHECK(by_default.weight_decay > 0);
  CHECK(by_default.label_smoothing == 0);
  CHECK(by_default.set_by_data ==
        std::vector<std::string>{"char-ngrams", "members", "batch-size", "lr", "weight-decay"});
  const TrainingRecord given =
      record("given", {"--char-ngrams", "none", "--members", "3", "--batch-size", "16", "--lr",
                       "0.001", "--weight-decay", "0", "--label-smoothing", "0.25"});
  CHECK(given.weight_decay == 0);
  CHECK(given.label_smoothing == 0.25);
  CHECK(given.set_by_data.empty());
  // Twice the steps: the default takes half of a weight's share in each.
  const TrainingRecord longer = record("longer", {"--epochs", "16"});
  CHECK(longer.weight_decay == Approx(by_default.weight_decay / 2).epsilon(0.02));
}

TEST_CASE("each kind of Adam learns the corpus") {
  for (const std::string optimizer : {"adam", "lazy-adam", "row-adam"}) {
    INFO(optimizer);
    const TempDir folder;
    REQUIRE(train(folder / "model", {"--optimizer", optimizer, "--epochs", "30", "--dropout", "0",
                                     "--members", "3", "--threads", "1"})
                .status == 0);
    CHECK(summarize_model(folder / "model").training.optimizer == optimizer);
    CHECK(accuracy_of(folder / "model") >= 0.6);
  }
}

TEST_CASE("what shapes text and network is kept in the model") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--keep-case",
                                                   "--token-pattern",
                                                   "nonspace",
                                                   "--word-ngrams",
                                                   "1-2",
                                                   "--min-df",
                                                   "2",
                                                   "--max-df",
                                                   "0.5",
                                                   "--max-features",
                                                   "500",
                                                   "--weighting",
                                                   "log",
                                                   "--token-scale",
                                                   "nb",
                                                   "--norm",
                                                   "none",
                                                   "--subject-weight",
                                                   "2",
                                                   "--post-headers",
                                                   "strip",
                                                   "--strip",
                                                   "quotes,footers"});
  REQUIRE(outcome.status == 0);
  const std::string info = run_newsclf({"info", folder / "model"}).out;
  CHECK_THAT(info, Contains("nonspace tokens, case kept, n-grams 1-2; posts: headers stripped, "
                            "subject 2 more times, quotes stripped, footers stripped\n"));
  CHECK_THAT(info, Contains("500 tokens (min-df 2, max-df 0.5, max-features 500, stop words: none)\n"));
  CHECK_THAT(info, Contains("log, naive-Bayes token scale, no norm\n"));
  CHECK_THAT(info, Contains("500 - 16 - 8 - 3\n"));
}

TEST_CASE("no token that only the test documents hold enters the vocabulary") {
  const TempDir folder;
  folder.write("train/a/1", "moon orbit moon\n");
  folder.write("train/b/1", "ball bat\n");
  REQUIRE(run_newsclf({"train", folder / "train", "-o", folder / "model"}).status == 0);
  folder.write("test/a/2", "xylophone moon\n");
  folder.write("test/b/2", "quokka\n");
  REQUIRE(run_newsclf({"eval", folder / "model", folder / "test"}).status == 0);
  const std::string bytes = read_file(folder / "model");
  CHECK(bytes.find("orbit") != std::string::npos);
  CHECK(bytes.find("xylophone") == std::string::npos);
  CHECK(bytes.find("quokka") == std::string::npos);
}

TEST_CASE("the option --labels keeps documents of these labels alone") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--labels", "cycling,gardening"});
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("68 documents, 2 labels"));
}

TEST_CASE("from an archive on standard input the same is learnt as from its folder") {
  const TempDir folder;
  REQUIRE(train(folder / "from-folder", {"--epochs", "2"}).status == 0);
  const Outcome outcome =
      run_shell("tar -czf - -C " + sample_data() + " train | $NEWSCLF train - --format tree -o " +
                (folder / "from-archive") + " --hidden 16,8 --epochs 2");
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("read standard input (tree in a tar archive): "));
  CHECK(same_weights(folder / "from-folder", folder / "from-archive"));
}

TEST_CASE("an existing file is kept without --force and replaced with it, said beforehand") {
  const TempDir folder;
  const std::string model = folder.write("model", "precious");
  const Outcome refused = train(model);
  CHECK(refused.status == 1);
  CHECK(refused.err == "newsclf: " + model +
                           ": this file is already there; take another name, or --force to replace "
                           "it\n");
  CHECK(read_file(model) == "precious");

  const Outcome forced = train(model, {"--force"});
  CHECK(forced.status == 0);
  CHECK(forced.err.find(model + " is there and will be replaced\n") == 0);
  CHECK(read_file(model).size() > 1000);
}

TEST_CASE("a diverged training leaves the output as it is") {
  const TempDir folder;
  const std::string model = folder.write("model", "precious");
  // One step an epoch: the first loss is that of the initial weights, and finite. After it the
  // weights are too large for a model.
  const Outcome outcome = train(model, {"--force", "--lr", "1e18", "--batch-size", "1000"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err,
             Contains("newsclf: training: the loss is no longer finite in epoch 2, at a tenth of "
                      "the rate too; take a lower --lr than 1e+18; nothing was written\n"));
  CHECK(read_file(model) == "precious");
  CHECK_FALSE(std::filesystem::exists(model + ".last-good"));
}

TEST_CASE("a training that diverges once goes on at a tenth of the rate, and that is said") {
  const TempDir folder;
  // Products of three weights of 1e12 are no floats, those of 1e11 are; but they come so close that
  // another document could make them infinite.
  const Outcome outcome = train(folder / "model", {"-q", "--lr", "1e12", "--batch-size", "51",
                                                   "--epochs", "2", "--log", folder / "log"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err,
             Catch::Matchers::StartsWith(
                 "newsclf: warning: the loss is no longer finite in epoch 1: ") &&
                 Contains(" at a rate of ") &&
                 Contains("\nnewsclf: " + (folder / "model") + ": not written: with ") &&
                 Contains("could leave the range of a float; train again at a lower learning rate"));
  CHECK(std::ranges::count(outcome.err, '\n') == 2);
  const auto log = read_log(folder / "log");
  REQUIRE(log.size() == 2);
  CHECK(log.front()["epoch"] == 1);
  CHECK(log.front()["lr"].get<double>() == Approx(1e11));
  CHECK_FALSE(std::filesystem::exists(folder / "model"));
}

TEST_CASE("a training that diverges at once leaves nothing behind") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--lr", "1e30", "--batch-size", "1"});
  CHECK(outcome.status == 1);
  CHECK_THAT(
      outcome.err,
      Contains("\nnewsclf: warning: the loss is no longer finite in epoch 1: ") &&
          Contains("\nnewsclf: training: the loss is no longer finite in epoch 1, at a tenth "
                   "of the rate too; take a lower --lr than 1e+30; nothing was written\n"));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a training of one step at defaults writes a model that can be read") {
  const TempDir folder;
  folder.write("data/a/1", "moon orbit");
  folder.write("data/b/1", "ball bat");
  REQUIRE(run_newsclf({"train", folder / "data", "-o", folder / "model", "--epochs", "1"}).status ==
          0);
  CHECK(run_newsclf({"info", folder / "model", "--verify"}).status == 0);
}

TEST_CASE("where the loss on documents held out is not finite, nothing unreadable is written") {
  const TempDir folder;
  // One step to weights of 1e18: their products are no floats, but no loss before it tells.
  const Outcome outcome =
      train(folder / "model", {"--lr", "1e18", "--batch-size", "1000", "--epochs", "1",
                               "--valid-fraction", "0.25", "--log", folder / "log"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("newsclf: training: the loss is no longer finite in epoch 1"));
  CHECK_FALSE(std::filesystem::exists(folder / "model"));
  CHECK(read_log(folder / "log").empty());
}

TEST_CASE("stop words stay out of the vocabulary, those of a file and the English ones") {
  const TempDir folder;
  folder.write("data/a/1", "the Moon is in orbit");
  folder.write("data/b/1", "the ball of the bat");
  const auto vocabulary = [&](const std::string& words) {
    REQUIRE(run_newsclf({"train", folder / "data", "-o", folder / "model", "--force", "-q",
                         "--epochs", "1", "--char-ngrams", "none", "--token-scale", "none",
                         "--weighting", "count", "--stop-words", words})
                .status == 0);
    return run_newsclf({"info", folder / "model", "--vocabulary"}).out;
  };
  CHECK(vocabulary("none") == "token\nthe\nball\nbat\nin\nis\nmoon\nof\norbit\n");
  CHECK(vocabulary("english") == "token\nball\nbat\nmoon\norbit\n");
  CHECK_THAT(run_newsclf({"info", folder / "model"}).out, Contains("stop words: english)"));
  CHECK(vocabulary(folder.write("words", "The ball\nMOON\n")) ==
        "token\nbat\nin\nis\nof\norbit\n");
  const auto refused = [&](const std::string& words) {
    return run_newsclf({"train", folder / "data", "-o", folder / "other", "--stop-words", words}).err;
  };
  CHECK_THAT(refused(folder / "none"), Contains("none: cannot open: No such file or directory"));
  CHECK_THAT(refused(folder.write("empty", " ,\n")), Contains("empty: it holds no token; write "));
  CHECK_FALSE(std::filesystem::exists(folder / "other"));
}

TEST_CASE("word dropout changes what is learnt, the same way each time and on any threads") {
  const TempDir folder;
  const auto model = [&](const char* share, const char* threads) {
    REQUIRE(train(folder / "model", {"--force", "-q", "--epochs", "2", "--word-dropout", share,
                                     "--threads", threads})
                .status == 0);
    return read_file(folder / "model");
  };
  const std::string thinned = model("0.3", "1");
  CHECK_THAT(run_newsclf({"info", folder / "model"}).out, Contains("dropout 0.5, of words 0.3, "));
  CHECK((model("0.3", "2") == thinned));
  CHECK((model("0", "1") != thinned));
}
