// SPDX-License-Identifier: MIT
// Helpers shared by all tests.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/classifier.hpp"
#include "support/catch.hpp"

namespace newsclf::testing {

/// A temporary folder that is removed with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  /// Writes a file in the folder, creating its parent folders; returns its path.
  std::string write(const std::string& name, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view bytes);

/// Documents from {label, text} pairs, with ids 0, 1, ...; `may_be_post` is false.
std::vector<Document> corpus(std::initializer_list<std::pair<const char*, const char*>> documents);
/// A document with `may_be_post` set.
Document post(std::string text);

/// A small model with hand-written weights: tokens `moon orbit ball bat` (in column order), labels
/// `baseball` and `space`, hidden sizes 3 and 2, token counts without normalization. It labels
/// documents of only `moon` or `orbit` as `space`, and of only `ball` or `bat` as `baseball`.
Classifier tiny_classifier();
/// The same with two members, the first that of `tiny_classifier`, at temperature 2; it gives the
/// same labels to these documents.
Classifier tiny_ensemble();

/// The same perceptron and a linear classifier, which reads the columns from `orbit` on and has
/// half of the share; it gives the same labels to these documents.
Classifier tiny_with_linear();
/// Tokens of all three kinds and four networks' members: a perceptron on the character n-gram and
/// the words, two perceptrons on all but the character n-gram, and a linear classifier on all.
Classifier tiny_of_all_kinds();

/// Fits a vectorizer on the calling thread; returns it with the rows of the documents.
std::pair<Vectorizer, SparseRows> fit_vectorizer(std::span<const Document> documents,
                                                 const VectorizerOptions& options,
                                                 std::span<const std::int32_t> labels = {});
/// The rows of `documents`, computed on the calling thread.
SparseRows transform(const Vectorizer& vectorizer, std::span<const Document> documents);
/// The logits [C] of one row.
std::vector<float> logits_of(const Ensemble& ensemble, const SparseRow& row);
/// The network of an ensemble that has only one.
Network only_network(const Ensemble& ensemble);

/// The result of a command.
struct Outcome {
  int status;  ///< exit status, or 128 + the signal that ended it
  std::string out;
  std::string err;
};
/// Runs the newsclf binary with `arguments` and `input` on stdin.
Outcome run_newsclf(const std::vector<std::string>& arguments, std::string_view input = {});
/// Runs a shell command line in which $NEWSCLF is the binary.
Outcome run_shell(const std::string& line, std::string_view input = {});

/// A model trained on the sample's training documents, an ensemble with a temperature, for tests
/// that need any such model. The first caller trains it, later ones of the same build read it. Do
/// not write to it.
std::string trained_model();

/// The path of a file or folder in the project, from a path relative to its root.
std::string source_file(std::string_view name);
/// The folder of the project's own corpus, with train/ and test/.
std::string sample_data();

/// Requires |a - b| <= tolerance * max(1, |b|) for each element.
void require_close(std::span<const float> actual, std::span<const float> expected,
                   double tolerance);

/// The message of the `Error` that `work` throws; fails if it throws none.
template <typename Work>
std::string error_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  FAIL("no error was thrown");
  return {};
}

}  // namespace newsclf::testing
