// SPDX-License-Identifier: MIT
#include "cli/fasttext_spellings.hpp"

#include <sstream>

#include "cli/console.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

std::vector<std::string> split(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// The translated line; checks that there are no warnings if `warnings` is null.
std::string translated(const std::string& line, std::vector<std::string>* warnings = nullptr) {
  std::vector<std::string> translation_warnings;
  std::string out;
  for (const std::string& word : translate_fasttext(split(line), translation_warnings))
    out += (out.empty() ? "" : " ") + word;
  if (warnings == nullptr) CHECK(translation_warnings.empty());
  if (warnings != nullptr) *warnings = translation_warnings;
  return out;
}

std::string refused(const std::string& line) {
  std::vector<std::string> warnings;
  try {
    translate_fasttext(split(line), warnings);
  } catch (const WrongCommandLine& wrong) {
    return wrong.what();
  }
  FAIL("not refused: " << line);
  return {};
}

}  // namespace

TEST_CASE("fastText's spellings are translated to those of train") {
  CHECK(translated("supervised -input posts -output m -epoch 3 -wordNgrams 2 -thread 4 -seed 1") ==
        "train posts --output m --epochs 3 --word-ngrams 2 --threads 4 --seed 1");
  CHECK(translated("train posts -o m -epoch 3") == "train posts -o m --epochs 3");
  CHECK(translated("supervised -input p -output m -label __class__") ==
        "train p --output m --label-prefix __class__");
  CHECK(translated("supervised -input p -output m -loss softmax -verbose 0") ==
        "train p --output m --quiet");
  CHECK(translated("supervised -input p -output m -verbose 2") == "train p --output m");
}

TEST_CASE("fastText's -minn and -maxn are translated to --char-ngrams") {
  CHECK(translated("supervised -minn 3 -input p -maxn 6") == "train p --char-ngrams 3-6");
  CHECK(translated("train p -maxn 4") == "train p --char-ngrams 1-4");
  CHECK(translated("train p -minn 0 -maxn 0") == "train p --char-ngrams none");
  CHECK(translated("train p -minn 3") == "train p --char-ngrams none");
  CHECK(translated("train -minn 2 -maxn 3 -- p") == "train --char-ngrams 2-3 -- p");
}

TEST_CASE("a fastText option with a similar meaning is accepted with a warning") {
  std::vector<std::string> warnings;
  CHECK(translated("train p -minCount 5 -lr 0.1", &warnings) == "train p --min-df 5 --lr 0.1");
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0] ==
        "-minCount is read as --min-df: newsclf counts documents that contain a token, not "
        "occurrences");
  CHECK(warnings[1] ==
        "-lr is read as --lr: typical learning rates of Adam are 0.001, a hundredth of fastText's");
}

TEST_CASE("an unsupported option of fastText is refused with the reason") {
  CHECK(refused("train p -dim 100") ==
        "fastText's -dim is not supported: --hidden sets the sizes of the hidden layers; see "
        "newsclf train --help");
  CHECK(
      refused("supervised -input p -loss hs") ==
      "fastText's -loss hs is not supported: the loss is always softmax; see newsclf train --help");
  for (const char* option :
       {"-bucket", "-ws", "-neg", "-lrUpdateRate", "-pretrainedVectors", "-autotune-validation",
        "-autotune-duration", "-minCountLabel", "-saveOutput", "-cutoff"})
    CHECK_THAT(refused(std::string("train p ") + option + " 1"),
               Contains(std::string("fastText's ") + option + " is not supported: "));
  CHECK(refused("train p -epoch") == "-epoch needs a value; see newsclf train --help");
}

TEST_CASE("fastText's test is translated to eval, and predict-prob to predict") {
  CHECK(translated("test m data") == "eval m data");
  CHECK(translated("test m data 1") == "eval m data");
  CHECK_THAT(refused("test m data 5"), Contains("fastText's K is not supported: "));
  CHECK(translated("predict-prob m -") == "predict m --output-format fasttext");
  CHECK(translated("predict-prob m - 3") == "predict m --output-format fasttext -k 3");
  CHECK(translated("predict-prob m lines.txt 2") ==
        "predict m lines.txt --output-format fasttext -k 2 --format lines");
}

TEST_CASE("command lines without fastText spellings are unchanged") {
  for (const char* line :
       {"", "eval m data --json -", "predict m -q", "train p -o m --epochs 3 -qv", "train -om p",
        "train p -o m --log -", "info m", "--version", "train -o m -- -epoch", "eval m -epoch"})
    CHECK(translated(line) == line);
}

TEST_CASE("a model can be trained and scored with fastText's spellings") {
  const TempDir folder;
  const std::string data = sample_data(), model = folder / "m";
  const Outcome theirs = run_newsclf({"supervised", "-input", data + "/train", "-output", model,
                                      "-epoch", "2", "-minCount", "1", "-verbose", "0"});
  CHECK(theirs.status == 0);
  CHECK_THAT(theirs.err, Contains("newsclf: warning: -minCount is read as --min-df: "));
  CHECK(run_newsclf({"train", data + "/train", "-o", folder / "n", "--epochs", "2", "-q"}).status ==
        0);
  CHECK(run_newsclf({"test", model, data + "/test", "1"}).out ==
        run_newsclf({"eval", folder / "n", data + "/test"}).out);
  CHECK(run_newsclf({"predict-prob", model, "-"}, "a bicycle\n").out ==
        run_newsclf({"predict", model, "--output-format", "fasttext"}, "a bicycle\n").out);
  const std::string lines = folder.write("lines", "a bicycle\nthe soil\n");
  CHECK(run_newsclf({"predict-prob", model, lines, "2"}).out ==
        run_newsclf({"predict", model, "-k", "2", "--output-format", "fasttext"},
                    "a bicycle\nthe soil\n")
            .out);
  const Outcome refusal = run_newsclf({"supervised", "-input", "p", "-dim", "10"});
  CHECK(refusal.status == 2);
  CHECK(refusal.err ==
        "newsclf: fastText's -dim is not supported: --hidden sets the sizes of the hidden layers; "
        "see newsclf train --help\n");
}
