// SPDX-License-Identifier: MIT
// The names and meanings are those that `fasttext supervised` of fastText 0.9.2 prints.
#include "cli/fasttext_spellings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "cli/console.hpp"

namespace newsclf {
namespace {

struct Spelling {
  std::string_view theirs;
  std::string_view ours;     ///< empty: the value becomes an argument
  std::string_view warning;  ///< what differs; empty: nothing
};

constexpr Spelling kSame[] = {
    {"-input", "", ""},
    {"-output", "--output", ""},
    {"-epoch", "--epochs", ""},
    {"-wordNgrams", "--word-ngrams", ""},
    {"-label", "--label-prefix", ""},
    {"-thread", "--threads", ""},
    {"-seed", "--seed", ""},
    {"-lr", "--lr", "typical learning rates of Adam are 0.001, a hundredth of fastText's"},
    {"-minCount", "--min-df", "newsclf counts documents that contain a token, not occurrences"},
};

struct Refusal {
  std::string_view reason;
  std::vector<std::string_view> theirs;
};

const Refusal kRefused[] = {
    {"--hidden sets the sizes of the hidden layers", {"-dim"}},
    {"tokens are not hashed; --max-features limits their number", {"-bucket"}},
    {"--labels selects labels", {"-minCountLabel"}},
    {"--lr-schedule sets how the learning rate changes", {"-lrUpdateRate"}},
    {"newsclf has no word vectors", {"-ws", "-neg", "-pretrainedVectors", "-saveOutput"}},
    {"newsclf tune searches for options",
     {"-autotune-validation", "-autotune-metric", "-autotune-predictions", "-autotune-duration",
      "-autotune-modelsize"}},
    {"newsclf compress makes a model smaller", {"-cutoff", "-retrain", "-qnorm", "-qout", "-dsub"}},
};

[[noreturn]] void refuse(std::string_view theirs, std::string_view reason) {
  throw WrongCommandLine(
      fmt::format("fastText's {} is not supported: {}; see newsclf train --help", theirs, reason));
}

/// Whether `words` are COMMAND MODEL DATA K.
bool end_with_k(const std::vector<std::string>& words) {
  return words.size() == 4 && !words[3].empty() &&
         words[3].find_first_not_of("0123456789") == std::string::npos;
}

/// Translates `train` or `supervised` with options of fastText.
std::vector<std::string> translate_train(const std::vector<std::string>& words,
                                         std::vector<std::string>& warnings) {
  std::vector<std::string> out = {"train"};
  std::string shortest, longest;
  auto word = words.begin() + 1;
  const auto value = [&] {
    if (word + 1 == words.end())
      throw WrongCommandLine(fmt::format("{} needs a value; see newsclf train --help", *word));
    return *++word;
  };
  for (; word != words.end() && *word != "--"; ++word) {
    for (const auto& [reason, theirs] : kRefused)
      if (std::ranges::count(theirs, *word) > 0) refuse(*word, reason);
    if (const auto* const same = std::ranges::find(kSame, *word, &Spelling::theirs);
        same != std::end(kSame)) {
      if (!same->ours.empty()) out.emplace_back(same->ours);
      if (!same->warning.empty())
        warnings.push_back(fmt::format("{} is read as {}: {}", *word, same->ours, same->warning));
      out.push_back(value());
    } else if (*word == "-minn") {
      shortest = value();
    } else if (*word == "-maxn") {
      longest = value();
    } else if (*word == "-loss") {
      if (const std::string loss = value(); loss != "softmax")
        refuse("-loss " + loss, "the loss is always softmax");
    } else if (*word == "-verbose") {
      if (value() == "0") out.emplace_back("--quiet");
    } else {
      out.push_back(*word);
    }
  }
  if (!longest.empty() || !shortest.empty()) {
    if (shortest.empty() || shortest == "0") shortest = "1";
    const bool none = longest.empty() || longest == "0";
    out.insert(out.end(), {"--char-ngrams", none ? "none" : shortest + '-' + longest});
  }
  out.insert(out.end(), word, words.end());
  return out;
}

/// Translates `test MODEL DATA [K]`.
std::vector<std::string> translate_test(std::vector<std::string> words) {
  words.front() = "eval";
  if (end_with_k(words)) {
    if (words[3] != "1")
      throw WrongCommandLine(
          "fastText's K is not supported: eval shows the accuracy and the top-k accuracies without "
          "it; see newsclf eval --help");
    words.pop_back();
  }
  return words;
}

/// Translates `predict-prob MODEL FILE [K]`, which reads the lines of a file, or of standard input
/// for `-`, and prints lines of `__label__x probability`.
std::vector<std::string> translate_predict(std::vector<std::string> words) {
  words.front() = "predict";
  std::vector<std::string> options = {"--output-format", "fasttext"};
  if (end_with_k(words)) {
    options.insert(options.end(), {"-k", words[3]});
    words.pop_back();
  }
  if (words.size() == 3 && words[2] == "-")
    words.pop_back();
  else if (words.size() == 3 && !words[2].starts_with('-'))
    options.insert(options.end(), {"--format", "lines"});
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

}  // namespace

std::vector<std::string> translate_fasttext(std::vector<std::string> words,
                                            std::vector<std::string>& warnings) {
  if (words.empty()) return words;
  const std::string& command = words.front();
  if (command == "train" || command == "supervised") return translate_train(words, warnings);
  if (command == "test") return translate_test(std::move(words));
  if (command == "quantize")
    throw WrongCommandLine(
        "fastText's quantize is not supported: newsclf compress MODEL --max-size 2MB -o SMALL "
        "makes a "
        "model smaller; see newsclf compress --help");
  if (command == "predict-prob") return translate_predict(std::move(words));
  return words;
}

}  // namespace newsclf
