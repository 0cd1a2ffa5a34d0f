// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "cli/train.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

using Keys = std::set<std::string>;
Keys keys_of(const nlohmann::json& object) {
  Keys keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

}  // namespace

TEST_CASE("training with default options learns the sample corpus") {
  const TempDir folder;
  const std::string model = folder / "model";
  const Outcome outcome = run_newsclf({"train", sample_data() + "/train", "-o", model});
  REQUIRE(outcome.status == 0);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Contains("102 documents, 3 labels"));
  CHECK_THAT(outcome.err, Contains("wrote " + model));
  CHECK_THAT(outcome.err, Contains("to score the model: newsclf eval " + model));
  CHECK(accuracy_of(model) >= 0.7);
}

TEST_CASE("training says why probabilities are not calibrated unless that was asked for") {
  const TempDir folder;
  const std::string of_one =
      "\nthe probabilities of a single network are not calibrated without "
      "held-out documents\n";
  const std::vector<std::string> single = {"--members", "1", "--linear", "none"};
  CHECK_THAT(train(folder / "single", single).err, !Contains("not calibrated"));
  std::string many = "label,text\n";
  for (int i = 0; i < 1200; ++i) many += fmt::format("a,moon orbit {0}\nb,ball bat {0}\n", i);
  CHECK_THAT(run_newsclf({"train", folder.write("many.csv", many), "-o", folder / "many",
                          "--members", "1", "--linear", "none", "--epochs", "1"})
                 .err,
             Contains(of_one));
  CHECK_THAT(train(folder / "several").err, !Contains("not calibrated"));
  CHECK_THAT(train(folder / "refused", {"--no-calibration"}).err, !Contains("not calibrated"));
  CHECK_THAT(train(folder / "held out", {"--valid-fraction", "0.2"}).err,
             !Contains("not calibrated"));
  folder.write("two.csv", "label,text\na,moon orbit\nb,ball bat\n");
  CHECK_THAT(run_newsclf({"train", folder / "two.csv", "-o", folder / "two"}).err,
             Contains("\nthe probabilities are not calibrated: there are too few distinct "
                      "documents\n"));
}

TEST_CASE("networks on a kind of tokens that the documents lack are left out") {
  const TempDir folder;
  // Every character of a script without spaces is a token.
  folder.write("tokens.csv", "label,text\na,\u5c71\u6c34\nb,\u6728\u91d1\nb,\u6728\u91d1\n");
  const auto train_on = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"train", folder / "tokens.csv", "-o", folder / "model",
                                          "--force"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_newsclf(arguments);
  };
  CHECK(train_on({"--preset", "best"}).status == 0);
  CHECK(load_model(folder / "model").ensemble.networks.size() == 3);  // words, bigrams, linear
  const Outcome none = train_on({"--inputs", "characters"});
  CHECK(none.status == 1);
  CHECK_THAT(none.err, Contains("contains no n-grams of characters"));
}

TEST_CASE("without a terminal there is one line per epoch and no control characters") {
  const TempDir folder;
  const std::string err = train(folder / "model").err;
  CHECK_THAT(err, Contains("\nepoch 1/8  loss ") && Contains("\nepoch 8/8  loss "));
  CHECK(err.find_first_of("\r\x1b") == std::string::npos);
}

TEST_CASE("on a terminal there is a progress bar") {
  const TempDir folder;
  // script(1) gives the command a terminal.
  const Outcome outcome =
      run_shell("TERM=xterm script -qec \"$NEWSCLF train " + sample_data() + "/train -o " +
                (folder / "model") + " --hidden 16,8 --epochs 8\" /dev/null");
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("\r[") && Contains(" left\x1b[K"));
  CHECK_THAT(outcome.out, !Contains("epoch 1/8  loss - \r\n"));
}

TEST_CASE("with -q train prints nothing") {
  const TempDir folder;
  const Outcome outcome = train(folder / "model", {"-q"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out + outcome.err == "");
}

TEST_CASE("the seed determines the model file, for any number of threads") {
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

TEST_CASE("the log is one JSON object per epoch with only the documented keys") {
  const TempDir folder;
  const std::string log = folder.write("log", "from an earlier training\n");
  REQUIRE(train(folder / "plain", {"--log", log, "-q", "--force", "--no-calibration"}).status == 0);
  const auto plain = read_log(log);
  REQUIRE(plain.size() == 8);
  const std::vector<EpochRecord> recorded = summarize_model(folder / "plain").training.epochs;
  for (std::size_t e = 0; e < plain.size(); ++e) {
    CHECK(keys_of(plain[e]) == Keys{"epoch", "loss", "lr", "documents_per_s", "elapsed_s"});
    CHECK(plain[e]["epoch"] == e + 1);
    CHECK(plain[e]["loss"] == recorded[e].loss);
    CHECK(plain[e]["lr"].get<double>() ==
          Approx(2e-3 * std::sqrt(0.5) * (1 - static_cast<double>(e) / 8)));
    CHECK(plain[e]["documents_per_s"] > 0);
    CHECK(plain[e]["elapsed_s"] >= (e == 0 ? 0.0 : plain[e - 1]["elapsed_s"].get<double>()));
  }

  REQUIRE(train(folder / "valid", {"--log", log, "--force", "--valid-fraction", "0.25"}).status ==
          0);
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

TEST_CASE("no token that only test documents contain enters the vocabulary") {
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

TEST_CASE("training on an archive from standard input gives the same model as on its folder") {
  const TempDir folder;
  REQUIRE(train(folder / "from-folder", {"--epochs", "2"}).status == 0);
  const Outcome outcome =
      run_shell("tar -czf - -C " + sample_data() + " train | $NEWSCLF train - --format tree -o " +
                (folder / "from-archive") + " --hidden 16,8 --epochs 2");
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("read standard input (tree in a tar archive): "));
  CHECK(same_weights(folder / "from-folder", folder / "from-archive"));
}

TEST_CASE("an existing file is kept without --force, and replaced with it after a message") {
  const TempDir folder;
  const std::string model = folder.write("model", "precious");
  const Outcome refused = train(model);
  CHECK(refused.status == 1);
  CHECK(refused.err == "newsclf: " + model +
                           ": this file already exists; use another name, or --force to replace "
                           "it\n");
  CHECK(read_file(model) == "precious");

  const Outcome forced = train(model, {"--force"});
  CHECK(forced.status == 0);
  CHECK(forced.err.find(model + " exists and will be replaced\n") == 0);
  CHECK(read_file(model).size() > 1000);
}

TEST_CASE("a training of one step with default options writes a readable model") {
  const TempDir folder;
  folder.write("data/a/1", "moon orbit");
  folder.write("data/b/1", "ball bat");
  REQUIRE(run_newsclf({"train", folder / "data", "-o", folder / "model", "--epochs", "1"}).status ==
          0);
  CHECK(run_newsclf({"info", folder / "model", "--verify"}).status == 0);
}
