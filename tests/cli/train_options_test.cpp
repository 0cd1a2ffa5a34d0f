// SPDX-License-Identifier: MIT
#include "cli/train.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

TEST_CASE("the option --members sets the number of members, 3 by default") {
  const TempDir folder;
  const auto members = [&](const std::string& name, const std::vector<std::string>& more,
                           const std::string& printed) {
    const Outcome outcome = train(folder / name, more);
    REQUIRE(outcome.status == 0);
    CHECK_THAT(outcome.err, Contains("3 labels, " + printed +
                                     " (hidden layers 16,8) and a linear classifier, "));
    const ModelSummary summary = summarize_model(folder / name);
    const NetworkShape shape = summary.ensemble.networks.front().shape;
    CHECK(shape.hidden1 == 16);
    CHECK(shape.hidden2 == 8);
    return shape.members;
  };
  CHECK(members("one", {"--members", "1"}, "1 network") == 1);
  CHECK(members("default", {}, "3 networks") == 3);
}

TEST_CASE("with --class-weight balanced or a file, rare labels have larger weights") {
  const TempDir folder;
  // The labels differ only in their number of documents: 8 and 2.
  for (const char n : {'1', '2', '3', '4', '5', '6', '7', '8'})
    folder.write(std::string("data/common/") + n, "moon");
  for (const char n : {'1', '2'}) folder.write(std::string("data/rare/") + n, "moon");
  const std::string weights = folder.write("weights", "rare\t36\n");
  const auto probability_of_rare = [&](const std::string& class_weight, const std::string& kept) {
    const std::string model = folder / kept;
    const Outcome outcome =
        run_newsclf({"train", folder / "data", "-o", model, "--class-weight", class_weight,
                     "--hidden", "8,8", "--members", "1", "--dropout", "0", "--epochs", "100",
                     "--batch-size", "10", "--lr", "0.02", "--no-calibration"});
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

TEST_CASE("with --char-ngrams an unseen form of a word is represented by its parts") {
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
  CHECK(words.tokens == 6);
  CHECK(words.options.text.max_char_ngram == 0);
  CHECK(four.options.text.min_char_ngram == 3);
  CHECK(four.options.text.max_char_ngram == 4);
  CHECK(five.options.text.min_char_ngram == 3);
  CHECK(five.options.text.max_char_ngram == 5);
  CHECK(words.tokens < four.tokens);
  CHECK(four.tokens < five.tokens);
  const auto answer = [&](const std::string& name) {
    return run_newsclf({"predict", folder / name}, "gardening\ncycling\n");
  };
  CHECK_THAT(answer("words").err, Contains("2 of 2 documents had no token that the model knows"));
  CHECK(labels_in(answer("five").out) == std::vector<std::string>{"garden", "road"});
  CHECK(answer("five").err.empty());
}

TEST_CASE("step options are as given or set by the data, and are stored in the model") {
  const TempDir folder;
  const auto record = [&](const std::string& name, const std::vector<std::string>& more) {
    REQUIRE(train(folder / name, more).status == 0);
    return summarize_model(folder / name).training;
  };
  const TrainingRecord by_default = record("default", {});
  CHECK(*by_default.options.weight_decay > 0);
  CHECK(by_default.options.label_smoothing == 0);
  CHECK(by_default.set_by_data == std::vector<std::string>{"char-ngrams", "nb-smoothing",
                                                           "batch-size", "lr", "weight-decay"});
  CHECK(by_default.set_by_preset == std::vector<std::string>{"members", "inputs", "linear"});
  const TrainingRecord given =
      record("given", {"--char-ngrams", "none", "--nb-smoothing", "1", "--members", "3", "--linear",
                       "words", "--inputs", "words", "--batch-size", "16", "--lr", "0.001",
                       "--weight-decay", "0", "--label-smoothing", "0.25"});
  CHECK(given.options.weight_decay == 0);
  CHECK(given.options.label_smoothing == 0.25);
  CHECK(given.set_by_data.empty());
  CHECK(given.set_by_preset.empty());
  // With twice the steps, the default weight decay per step is half as large.
  const TrainingRecord longer = record("longer", {"--epochs", "16"});
  CHECK(*longer.options.weight_decay == Approx(*by_default.options.weight_decay / 2).epsilon(0.02));
}

TEST_CASE("each optimizer learns the corpus") {
  for (const std::string optimizer : {"adam", "row-rmsprop"}) {
    INFO(optimizer);
    const TempDir folder;
    REQUIRE(train(folder / "model", {"--optimizer", optimizer, "--epochs", "30", "--dropout", "0",
                                     "--members", "3", "--threads", "1"})
                .status == 0);
    CHECK(summarize_model(folder / "model").training.options.optimizer ==
          value_of(kOptimizers, optimizer));
    CHECK(accuracy_of(folder / "model") >= 0.6);
  }
}

TEST_CASE("options of text and network are stored in the model") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--keep-case",
                                                   "--token-pattern",
                                                   "nonspace",
                                                   "--script-ngrams",
                                                   "2-4",
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
                                                   "--nb-smoothing",
                                                   "2.5",
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
  CHECK_THAT(
      info,
      Contains("text        post headers no, strip quotes yes, strip footers yes,\n"
               "            subject weight 2, keep case yes, token pattern nonspace,\n"
               "            min script ngram 2, max script ngram 4, min ngram 1, max ngram 2,\n"
               "            min char ngram 0, max char ngram 0, max long ngram 2,\n"));
  CHECK_THAT(info, Contains("500 tokens\n"
                            "            min df 2, min char df 1, min long df 2, max df 0.5,\n"
                            "            max features 500, stop words none\n"));
  CHECK_THAT(info, Contains("log, norm none, input norm 30, token scale nb, nb smoothing 2.5\n"));
  CHECK_THAT(info, Contains("500 - 16 - 8 - 3, weights: "));
}

TEST_CASE("the option --labels keeps only documents with these labels") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"--labels", "cycling,gardening"});
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("68 documents, 2 labels"));
}

TEST_CASE("English stop words and those of a file are dropped from the vocabulary") {
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
  CHECK_THAT(run_newsclf({"info", folder / "model"}).out, Contains("stop words english\n"));
  CHECK(vocabulary(folder.write("words", "The ball\nMOON\n")) == "token\nbat\nin\nis\nof\norbit\n");
  const auto refused = [&](const std::string& words) {
    return run_newsclf({"train", folder / "data", "-o", folder / "other", "--stop-words", words})
        .err;
  };
  CHECK_THAT(refused(folder / "none"), Contains("none: cannot open: No such file or directory"));
  CHECK_THAT(refused(folder.write("empty", " ,\n")),
             Contains("empty: this file contains no token; write "));
  CHECK_FALSE(std::filesystem::exists(folder / "other"));
}

TEST_CASE("word dropout changes the trained model reproducibly for any number of threads") {
  const TempDir folder;
  const auto model = [&](const char* share, const char* threads) {
    REQUIRE(train(folder / "model",
                  {"--force", "-q", "--epochs", "2", "--word-dropout", share, "--threads", threads})
                .status == 0);
    return read_file(folder / "model");
  };
  const std::string thinned = model("0.3", "1");
  CHECK_THAT(run_newsclf({"info", folder / "model"}).out,
             Contains("dropout 0.5, word dropout 0.3,"));
  CHECK((model("0.3", "2") == thinned));
  CHECK((model("0", "1") != thinned));
}

TEST_CASE("a weight decay that would exceed the weights is not reported as divergence") {
  const TempDir folder;
  const Outcome outcome =
      train(folder / "model", {"--batch-size", "4096", "--weight-decay", "100"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("newsclf: training: weight decay 100 times learning rate "));
  CHECK_FALSE(std::filesystem::exists(folder / "model"));
}

TEST_CASE("a missing LibTorch is reported before the documents are read") {
  const TempDir folder;
  const Outcome outcome =
      run_shell("NEWSCLF_LIBTORCH=" + folder.path().string() + " $NEWSCLF train " +
                (folder / "none") + " -o " + (folder / "model"));
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err,
             Contains("NEWSCLF_LIBTORCH: ") && Contains(" does not contain lib/libtorch_cpu.so"));
}

TEST_CASE("5,000 labels with two documents each can be trained and scored on one page") {
  const TempDir folder;
  std::string lines;
  for (int label = 0; label < 5000; ++label)
    for (int d = 0; d < 2; ++d)
      lines += "__label__l" + std::to_string(label) + " token" + std::to_string(label) + " word" +
               std::to_string(d) + "\n";
  folder.write("data.ft", lines);
  REQUIRE(run_newsclf({"train", folder / "data.ft", "-o", folder / "model", "--char-ngrams", "none",
                       "--epochs", "1", "--members", "1", "--hidden", "8,8", "-q"})
              .status == 0);
  const Outcome outcome = run_newsclf({"eval", folder / "model", folder / "data.ft", "-q"});
  CHECK(outcome.status == 0);
  CHECK(std::ranges::count(outcome.out, '\n') < 120);
}
