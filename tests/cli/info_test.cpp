// SPDX-License-Identifier: MIT
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

TEST_CASE("info shows sizes, options, training and labels") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  const Outcome outcome = run_newsclf({"info", folder / "model"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, Contains("network     1 x 4 - 3 - 2 - 2, weights: f32\n"));
  CHECK_THAT(outcome.out, Contains("weighting   count, norm none, input norm 1, token scale none,\n"
                                   "            nb smoothing 0.3\n"));
  CHECK_THAT(outcome.out, Contains("data        4 documents, digest "));
  CHECK_THAT(
      outcome.out,
      Contains("training    preset default, inputs words, linear none, optimizer row-rmsprop,\n"
               "            epochs 1, batch size 4, lr 0.001, lr schedule linear, dropout 0.5,\n"
               "            word dropout 0, "));
  CHECK_THAT(outcome.out, Contains("validation  no held-out documents\n"));
  CHECK_THAT(outcome.out, Contains("temperature none: probabilities are not calibrated\n"));
  CHECK_THAT(outcome.out, Contains("last epoch  loss 0.5000\n"));
  CHECK_THAT(outcome.out, Contains("labels      2, with the number of training documents\n"
                                   "          2  baseball\n"
                                   "          2  space\n"));
}

TEST_CASE("info shows options set by the data, validation, smoothing, weights and calibration") {
  Classifier classifier = tiny_classifier();
  classifier.ensemble.temperature = 1.25f;
  classifier.training.options.seed = 7;
  classifier.training.held_out = 1234;
  classifier.training.options.weight_decay = 0.123456;
  classifier.training.options.label_smoothing = 0.1;
  classifier.training.class_weight = "balanced";
  classifier.training.set_by_data = {"epochs", "batch-size"};
  classifier.training.best_epoch = 2;
  const std::vector<EpochRecord> scored = {
      {.epoch = 1, .loss = 1, .lr = 0.002, .valid_loss = 0.75, .valid_accuracy = 0.5},
      {.epoch = 2, .loss = 0.25, .lr = 0.001, .valid_loss = 0.5, .valid_accuracy = 0.875}};
  const TempDir folder;
  const auto info = [&] {
    std::filesystem::remove(folder / "model");
    save_model(classifier, folder / "model");
    return run_newsclf({"info", folder / "model"}).out;
  };
  classifier.training.epochs = scored;
  const std::string validated = info();
  CHECK_THAT(validated, Contains("weight decay 0.1235, label smoothing 0.1,\n"
                                 "            patience 0, seed 7\n"
                                 "            class weight balanced, LibTorch \n"
                                 "            chosen from the data: epochs, batch-size\n"));
  CHECK_THAT(validated, Contains("validation  1,234 documents held out: accuracy 87.50 %, loss "
                                 "0.5000 after epoch 2\n"));
  CHECK_THAT(validated, Contains("temperature 1.25, fitted on held-out documents\n"));
  CHECK_THAT(validated, Contains("last epoch  loss 0.2500\n"));

  classifier.training.validation_epochs = scored;
  classifier.training.epochs = {{.epoch = 1, .loss = 2, .lr = 0.002},
                                {.epoch = 2, .loss = 0.125, .lr = 0.001}};
  const std::string refitted = info();
  CHECK_THAT(refitted, Contains("validation  1,234 documents held out: accuracy 87.50 %, loss "
                                "0.5000 after epoch 2; the final training used them too\n"));
  CHECK_THAT(refitted, Contains("last epoch  loss 0.1250\n"));
}

TEST_CASE("info wraps a long list of options set by the data") {
  Classifier classifier = tiny_classifier();
  classifier.training.set_by_data = {"char-ngrams", "nb-smoothing", "epochs",
                                     "batch-size",  "lr",           "weight-decay"};
  const TempDir folder;
  save_model(classifier, folder / "model");
  CHECK_THAT(run_newsclf({"info", folder / "model"}).out,
             Contains("            chosen from the data: char-ngrams, nb-smoothing, epochs,\n"
                      "            batch-size, lr, weight-decay\n"));
}

TEST_CASE("info escapes the control characters in a model") {
  Classifier classifier = tiny_classifier();
  classifier.training.libtorch_version = "2.7\x1b]0;title\x07";
  const TempDir folder;
  save_model(classifier, folder / "model");
  const Outcome outcome = run_newsclf({"info", folder / "model"});
  CHECK_THAT(outcome.out, Contains(", LibTorch 2.7\\x1b]0;title\\x07\n"));
  for (const char* const control : {"\x1b", "\x07"})
    CHECK(outcome.out.find(control) == std::string::npos);
}

TEST_CASE("info reads only the header, and --verify detects damage in the data") {
  const TempDir folder;
  const std::string model = folder / "model";
  save_model(tiny_classifier(), model);
  CHECK(run_newsclf({"info", model, "--verify"}).status == 0);

  std::string bytes = read_file(model);
  bytes[bytes.size() - 40] = static_cast<char>(bytes[bytes.size() - 40] ^ 1);
  write_file(model, bytes);
  CHECK(run_newsclf({"info", model}).status == 0);
  const Outcome outcome = run_newsclf({"info", model, "--verify"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("digest: expected "));
}

TEST_CASE("info shows the number of members of an ensemble") {
  const TempDir folder;
  save_model(tiny_ensemble(), folder / "model");
  CHECK_THAT(run_newsclf({"info", folder / "model"}).out,
             Contains("network     2 x 4 - 3 - 2 - 2, weights: f32\n"));
}

namespace {

/// `tiny_classifier` with idf and naive-Bayes scale for each token.
Classifier weighted_classifier() {
  static const std::vector<float> idf = {1, 1.5f, 2.25f, 0.1f};
  static const std::vector<float> scale = {0.5f, 3, 1e-7f, 1};
  Classifier classifier = tiny_classifier();
  VectorizerOptions options = classifier.vectorizer.options();
  options.weighting.weighting = Weighting::kTfidf;
  options.weighting.token_scale = TokenScale::kNb;
  TokenTable table;
  for (const char* token : {"moon", "a\tb", "c\\d", "Ünï"}) table.insert(token);
  classifier.vectorizer = Vectorizer(options, Vocabulary(std::move(table)), {idf, scale}, nullptr);
  return classifier;
}

}  // namespace

TEST_CASE("info --json contains everything in the header") {
  const TempDir folder;
  Classifier classifier = tiny_ensemble();
  classifier.training.options.seed = 7;
  classifier.training.held_out = 3;
  classifier.training.epochs = {{1, 0.5, 0.25, 0.75, 1.0}, {2, 0.25, 0.125}};
  save_model(classifier, folder / "model");
  const Outcome outcome = run_newsclf({"info", folder / "model", "--json", "-"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  const auto info = nlohmann::ordered_json::parse(outcome.out);
  std::vector<std::string> keys;
  for (const auto& [key, value] : info.items()) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"file", "text", "columns", "vocabulary", "weighting",
                                         "networks", "labels", "training", "temperature"});
  CHECK(info["file"]["bytes"] == std::filesystem::file_size(folder / "model"));
  std::vector<std::int64_t> parts;
  for (const auto& [part, bytes] : info["file"]["parts"].items()) parts.push_back(bytes);
  CHECK(std::accumulate(parts.begin(), parts.end(), 0L) == info["file"]["bytes"]);
  CHECK(std::ranges::is_sorted(parts, std::greater()));
  CHECK(info["file"]["parts"]["first layers"] == 4 * (4 * 6 + 6));
  CHECK_THAT(read_file(folder / "model"), Contains(info["file"]["digest"].get<std::string>()));
  CHECK(info["file"]["format_version"] == 2);
  CHECK(info["file"]["newsclf_version"] == NEWSCLF_VERSION);
  CHECK(info["text"]["token_pattern"] == "text");
  CHECK(info["text"]["subject_weight"] == 5);
  CHECK(
      info["vocabulary"] ==
      nlohmann::ordered_json::parse(
          R"({"tokens":4,"min_df":1,"min_char_df":1,"min_long_df":2,"max_df":1.0,"max_features":0,"stop_words":"none"})"));
  CHECK(info["weighting"]["weighting"] == "count");
  CHECK(info["networks"] ==
        nlohmann::ordered_json::parse(
            R"([{"members":2,"inputs":4,"hidden":[3,2],"weights":"f32","numbers_per_input":6}])"));
  CHECK(info["labels"] == nlohmann::ordered_json::parse(R"([
    {"label":"baseball","documents":2},{"label":"space","documents":2}])"));
  CHECK(info["training"]["options"]["seed"] == 7);
  CHECK(info["training"]["held_out"] == 3);
  CHECK(info["training"]["options"]["optimizer"] == "row-rmsprop");
  CHECK(info["training"]["epochs"] == nlohmann::ordered_json::parse(R"([
    {"epoch":1,"loss":0.5,"lr":0.25,"valid_loss":0.75,"valid_accuracy":1.0},
    {"epoch":2,"loss":0.25,"lr":0.125}])"));
  CHECK(info["training"]["validation_epochs"].empty());
  CHECK(info["temperature"] == 2);
}

TEST_CASE("info --json FILE is written in addition to the text, and as verified after --verify") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  const Outcome outcome =
      run_newsclf({"info", folder / "model", "--verify", "--json", folder / "info.json"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err == "verified: digest, vocabulary and weights are intact\n");
  CHECK_THAT(outcome.out, Contains("network     1 x 4 - 3 - 2 - 2, weights: f32\n"));
  CHECK(nlohmann::json::parse(read_file(folder / "info.json"))["verified"] == true);

  const Outcome onto_itself = run_newsclf({"info", folder / "model", "--json", folder / "model"});
  CHECK(onto_itself.status == 1);
  CHECK(onto_itself.err == "newsclf: " + (folder / "model") +
                               ": this is the model itself; use another name for --json\n");
}

TEST_CASE("a damaged model is not described by info --verify") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  std::string bytes = read_file(folder / "model");
  bytes[bytes.size() - 40] = static_cast<char>(bytes[bytes.size() - 40] ^ 1);
  write_file(folder / "model", bytes);
  const Outcome outcome = run_newsclf(
      {"info", folder / "model", "--verify", "--json", folder / "info.json", "--vocabulary"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK_FALSE(std::filesystem::exists(folder / "info.json"));
}

TEST_CASE("info --vocabulary writes the tokens in column order") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  const Outcome outcome = run_newsclf({"info", folder / "model", "--vocabulary"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out == "token\nmoon\norbit\nball\nbat\n");
}

TEST_CASE("info --vocabulary writes the weights of the tokens") {
  const TempDir folder;
  save_model(weighted_classifier(), folder / "model");
  const Outcome outcome =
      run_newsclf({"info", folder / "model", "--vocabulary", "--json", folder / "info.json"});
  CHECK(outcome.out ==
        "token\tidf\ttoken_scale\n"
        "moon\t1\t0.5\n"
        "a\\tb\t1.5\t3\n"
        "c\\\\d\t2.25\t1e-07\n"
        "Ünï\t0.1\t1\n");
  CHECK(nlohmann::json::parse(read_file(folder / "info.json"))["vocabulary"]["tokens"] == 4);
  const Outcome both = run_newsclf({"info", folder / "model", "--vocabulary", "--json", "-"});
  CHECK(both.status == 2);
  CHECK(both.err ==
        "newsclf: --vocabulary: --json - already uses stdout; see newsclf info --help\n");
}

TEST_CASE("a reader that closes the pipe ends info --vocabulary quietly") {
  const std::string model = trained_model();
  const std::string all = run_newsclf({"info", model, "--vocabulary"}).out;
  REQUIRE(all.size() > (1 << 16));  // more than fits into a pipe
  CHECK(std::count(all.begin(), all.end(), '\n') == summarize_model(model).tokens + 1);
  const Outcome outcome =
      run_shell("{ $NEWSCLF info " + model + " --vocabulary; echo status $? >&2; } | head -n 1");
  CHECK(outcome.out == "token\tidf\ttoken_scale\n");
  CHECK(outcome.err == "status 0\n");
}

TEST_CASE("info -v shows the training record with one line per epoch") {
  const TempDir folder;
  Classifier classifier = tiny_classifier();
  classifier.training.epochs = {{1, 0.5, 0.25, 0.75, 0.875}, {2, 0.25, 0.002}};
  save_model(classifier, folder / "model");
  CHECK_THAT(run_newsclf({"info", folder / "model", "-v"}).out,
             Contains("training record\n"
                      "  epoch      loss         lr  held-out loss  held-out accuracy\n"
                      "      1    0.5000       0.25         0.7500              87.50\n"
                      "      2    0.2500      0.002              .                  .\n"));
  CHECK_THAT(run_newsclf({"info", folder / "model"}).out, !Contains("training record"));

  std::swap(classifier.training.epochs, classifier.training.validation_epochs);
  classifier.training.epochs = {{1, 0.125, 0.25}};
  save_model(classifier, folder / "model");
  CHECK_THAT(run_newsclf({"info", folder / "model", "-v"}).out,
             Contains("training record with held-out documents\n") &&
                 Contains("training record on all documents\n"
                          "  epoch      loss         lr  held-out loss  held-out accuracy\n"
                          "      1    0.1250       0.25              .                  .\n"));
}
