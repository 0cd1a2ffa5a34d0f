// SPDX-License-Identifier: MIT
// newsclf train --init, --replay and --max-drop.
#include <filesystem>

#include "cli/train.hpp"
#include "newsclf/corpus/corpus_reader.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// The sample corpus with one label in `fresh`, the others in `old`, and a model of these.
struct SampleInTwoParts {
  TempDir folder;
  std::string fresh = folder / "new", old = folder / "old", model = folder / "model";

  explicit SampleInTwoParts(const std::vector<std::string>& more = {"--hidden", "16,8"}) {
    for (const char* const label : {"cycling", "gardening", "astronomy"}) {
      const std::string part = label == std::string("astronomy") ? fresh : old;
      fs::create_directories(part);
      fs::copy(sample_data() + "/train/" + label, part + "/" + label);
    }
    std::vector<std::string> arguments = {"train", old, "-o", model};
    arguments.insert(arguments.end(), more.begin(), more.end());
    REQUIRE(run_newsclf(arguments).status == 0);
  }

  Outcome go_on(const std::string& output, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"train", fresh, "--init", model, "-o", output};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_newsclf(arguments);
  }
};

/// The logits of a member for `labels`, less that for the first: a softmax over more labels would
/// shift them.
std::vector<float> differences(const Classifier& classifier, std::size_t member,
                               const SparseRow& row, const LabelSet& labels) {
  Ensemble ensemble = classifier.ensemble;
  ensemble.shares.assign(ensemble.all_shares().size(), 0);
  ensemble.shares[member] = 1;
  const std::vector<float> logits = logits_of(ensemble, row);
  const auto of = [&](const std::string& label) {
    return logits[static_cast<std::size_t>(classifier.labels.to_id(label))];
  };
  std::vector<float> result;
  for (const std::string& label : labels.labels())
    result.push_back(of(label) - of(labels.to_label(0)));
  return result;
}

double recall_of(const std::string& model, const std::string& label) {
  const Outcome outcome = run_newsclf({"eval", model, sample_data() + "/test", "--json", "-"});
  REQUIRE(outcome.status == 0);
  const auto report = nlohmann::json::parse(outcome.out);
  for (const auto& row : report["labels"])
    if (row["label"] == label) return row["recall"];
  return -1;
}

}  // namespace

TEST_CASE("a model learns a new label and, with replayed documents, keeps the old ones") {
  const SampleInTwoParts sample({"--hidden", "100,100"});
  const std::string output = sample.folder / "all";
  const Outcome outcome = sample.go_on(output, {"--replay", sample.old});
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("started from " + sample.model + ": kept ") &&
                              Contains(" tokens and 2 labels, added ") &&
                              Contains(" tokens and 1 label\n") && !Contains("warning"));
  CHECK(accuracy_of(output) >= 0.7);
  CHECK(recall_of(output, "astronomy") >= 0.7);
  const Classifier before = load_model(sample.model), after = load_model(output);
  for (std::int32_t c = 0; c < before.vectorizer.vocabulary().size(); ++c) {
    const std::int32_t column =
        after.vectorizer.vocabulary().find(before.vectorizer.vocabulary().token(c));
    REQUIRE(column != Vocabulary::kUnknown);
    CHECK(after.vectorizer.factors().idf[static_cast<std::size_t>(column)] ==
          before.vectorizer.factors().idf[static_cast<std::size_t>(c)]);
  }
  CHECK(after.ensemble.temperature != 1);
  CHECK_THAT(run_newsclf({"info", output}).out,
             Contains("started from a model of 68 documents, digest " + before.digest +
                      ", of which 68 were replayed"));
}

TEST_CASE("without replayed documents old labels stay in the model, with a warning") {
  const SampleInTwoParts sample;
  const std::string output = sample.folder / "all";
  const Outcome outcome = sample.go_on(output);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("no training document has 2 labels of " + sample.model) &&
                              Contains("give documents that have them with --replay"));
  CHECK(load_model(output).labels.size() == 3);
}

TEST_CASE("at a learning rate near zero a model keeps its logits") {
  for (const char* const optimizer : {"row-rmsprop", "adam"})
    for (const char* const preset : {"fast", "default", "best"}) {
      INFO(optimizer << ", " << preset);
      const SampleInTwoParts sample(
          {"--hidden", "16,8", "--preset", preset, "--epochs", "3", "--no-calibration"});
      const std::string output = sample.folder / "same";
      REQUIRE(sample
                  .go_on(output, {"--lr", "1e-12", "--epochs", "1", "--weights", "f32",
                                  "--no-calibration", "--optimizer", optimizer})
                  .status == 0);
      const Classifier before = load_model(sample.model), after = load_model(output);
      Workers alone(1);
      const Corpus old = read_corpus({sample.old}, {}, alone).corpus;
      // Words of the new documents occur in the old ones only if the old vocabulary has them.
      const SparseRows rows = transform(before.vectorizer, old.documents);
      const SparseRows new_rows = transform(after.vectorizer, old.documents);
      std::size_t compared = 0;
      for (std::size_t d = 0; d < old.documents.size(); ++d) {
        if (rows.row(d).columns.size() != new_rows.row(d).columns.size()) continue;
        ++compared;
        for (std::size_t m = 0; m < before.ensemble.all_shares().size(); ++m)
          require_close(differences(after, m, new_rows.row(d), before.labels),
                        differences(before, m, rows.row(d), before.labels), 1e-3);
      }
      CHECK(compared > 0);
    }
}

TEST_CASE("an option that contradicts the model is refused with both values") {
  const SampleInTwoParts sample;
  const std::string output = sample.folder / "all";
  const auto refused = [&](const std::vector<std::string>& options, const std::string& words) {
    const Outcome outcome = sample.go_on(output, options);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains("newsclf: " + options[0] + ": is " + words));
    CHECK_FALSE(fs::exists(output));
  };
  const std::string by = ", but " + sample.model + " was trained with ";
  refused({"--hidden", "16,16"}, "16,16" + by + "16,8; leave this option out");
  refused({"--members", "2"}, "2" + by + "3");
  refused({"--word-ngrams", "2"}, "1-2" + by + "1");
  refused({"--char-ngrams", "3-5"}, "3-5" + by + "none");
  refused({"--keep-case"}, "true" + by + "false");
  refused({"--strip", "quotes"}, "quotes" + by + "none");
  refused({"--stop-words", "english"}, "english" + by + "none");
  refused({"--preset", "fast"}, "fast" + by + "default");
  refused({"--linear", "words"}, "words" + by + "bigrams");
  CHECK(sample
            .go_on(output,
                   {"--hidden", "16,8", "--members", "3", "--linear", "bigrams", "--epochs", "1"})
            .status == 0);
}

TEST_CASE("a model to start from must exist and be a model") {
  const TempDir folder;
  const Outcome missing = train(folder / "m", {"--init", folder / "none"});
  CHECK(missing.status == 1);
  CHECK_THAT(missing.err, Contains("newsclf: " + folder / "none" + ": cannot open the model"));
  const std::string text = folder.write("text", "moon");
  const Outcome other = train(folder / "m", {"--init", text});
  CHECK(other.status == 1);
  CHECK_THAT(other.err, Contains("newsclf: " + text + ": this is not a newsclf model"));
  CHECK_FALSE(fs::exists(folder / "m"));
  CHECK(train(folder / "m", {"--replay", sample_data() + "/train"}).status == 2);
  CHECK(train(folder / "m", {"--max-drop", "0.1", "--valid-fraction", "0.1"}).status == 2);
  const Outcome unscored = train(folder / "m", {"--init", trained_model(), "--max-drop", "0.1"});
  CHECK(unscored.status == 2);
  CHECK_THAT(unscored.err,
             Contains("--max-drop: needs held-out documents: --valid-fraction or --valid"));
  const Outcome cached =
      train(folder / "m", {"--init", trained_model(), "--cache", folder / "cache"});
  CHECK(cached.status == 2);
  CHECK_THAT(cached.err, Contains("--cache: cannot be used with --init"));
}

TEST_CASE("a model that got worse by more than allowed is not written") {
  const SampleInTwoParts sample;
  const std::string output = sample.folder / "all";
  const std::string test = sample_data() + "/test";
  const Outcome worse = sample.go_on(output, {"--valid", test, "--max-drop", "0.05"});
  CHECK(worse.status == 3);
  CHECK_THAT(worse.err, Contains("newsclf: accuracy fell from ") &&
                            Contains(" (" + sample.model + ") to ") &&
                            Contains(" on 28 held-out documents, by ") &&
                            Contains(", more than --max-drop 0.05; nothing was written\n"));
  CHECK_FALSE(fs::exists(output));
  CHECK(sample.go_on(output, {"--valid", test, "--max-drop", "1", "--epochs", "2"}).status == 0);
  const Outcome kept = sample.go_on(
      output, {"--replay", sample.old, "--valid", test, "--max-drop", "0.2", "--force"});
  CHECK(kept.status == 0);
  CHECK_THAT(kept.err, Contains("accuracy on the 28 held-out documents with a label of " +
                                sample.model + ": "));
  const std::string copy = sample.folder / "copy";
  fs::copy(sample.fresh, copy, fs::copy_options::recursive);
  const Outcome none = sample.go_on(output, {"--valid", copy, "--max-drop", "0.2", "--force"});
  CHECK(none.status == 1);
  CHECK_THAT(none.err, Contains("--max-drop: no held-out document has a label of " + sample.model));
}

TEST_CASE("a model may replace the one that it started from, but only if training succeeds") {
  const SampleInTwoParts sample;
  const std::string before = read_file(sample.model);
  CHECK(sample.go_on(sample.model).status == 1);
  CHECK(sample
            .go_on(sample.model,
                   {"--force", "--valid", sample_data() + "/test", "--max-drop", "0.05"})
            .status == 3);
  CHECK(sample.go_on(sample.folder / "x", {"--log", sample.model, "--force"}).status == 1);
  CHECK(read_file(sample.model) == before);
  CHECK(sample.go_on(sample.model, {"--force", "--epochs", "2"}).status == 0);
  CHECK(load_model(sample.model).labels.size() == 3);
}

TEST_CASE("a compressed model and one with thresholds can be gone on with") {
  const SampleInTwoParts sample;
  const std::string small = sample.folder / "small", chosen = sample.folder / "chosen";
  REQUIRE(run_newsclf({"compress", sample.model, "--max-size", "60kB", "-o", small}).status == 0);
  REQUIRE(run_newsclf({"threshold", small, sample_data() + "/test", "--coverage", "0.5",
                       "--known-labels", "-o", chosen})
              .status == 0);
  const std::string output = sample.folder / "all";
  const Outcome outcome =
      run_newsclf({"train", sample.fresh, "--init", chosen, "--replay", sample.old, "-o", output});
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("the thresholds of " + chosen + " are dropped"));
  CHECK(load_model(output).thresholds.is_empty());
  CHECK(accuracy_of(output) >= 0.6);
}

TEST_CASE("a checkpoint belongs to the model that its training started from") {
  const SampleInTwoParts sample;
  const std::string checkpoint = sample.folder / "c", log = sample.folder / "log";
  const auto line = [&](const std::string& more) {
    return "\"$NEWSCLF\" train '" + sample.fresh + "' --replay '" + sample.old + "' --init '" +
           sample.model + "' --epochs 300 " + more;
  };
  REQUIRE(run_shell(line("-o '" + sample.folder / "a" + "' --checkpoint '" + checkpoint +
                         "' --log '" + log + "' & pid=$!; while ! grep -qs epoch '" + log +
                         "'; do sleep 0.02; done; kill -TERM $pid; wait $pid"))
              .status == 143);
  const Outcome other =
      run_newsclf({"train", sample.fresh, sample.old, "--hidden", "16,8", "--epochs", "300",
                   "--resume", checkpoint, "-o", sample.folder / "b"});
  CHECK(other.status == 1);
  CHECK_THAT(other.err, Contains(checkpoint + ": this checkpoint is of a training "));
  REQUIRE(
      run_shell(line("-o '" + sample.folder / "a" + "' --resume '" + checkpoint + "'")).status ==
      0);
  REQUIRE(run_shell(line("-o '" + sample.folder / "plain" + "'")).status == 0);
  CHECK(read_file(sample.folder / "a") == read_file(sample.folder / "plain"));
}
