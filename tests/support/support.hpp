// SPDX-License-Identifier: MIT
// The words of the tests.
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

/// A folder of its own that goes away with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  /// Writes a file below the folder, with the folders it stands in; returns its path.
  std::string write(const std::string& name, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view bytes);

/// Documents from {label, text} pairs, with ids 0, 1, …; none may be a post.
std::vector<Document> corpus(std::initializer_list<std::pair<const char*, const char*>> documents);
/// A document that may be a post.
Document post(std::string text);

/// A small model with weights of round numbers that no training made: tokens `moon orbit ball bat`
/// (columns in this order), labels `baseball` and `space`, hidden sizes 3 and 2, counts without
/// norm. A document of `moon` or `orbit` alone is `space`, of `ball` or `bat` alone `baseball`.
Classifier tiny_classifier();
/// The same of two members, the first that of `tiny_classifier`, at temperature 2; its answers to
/// the same documents are the same.
Classifier tiny_ensemble();

/// Fits a vectorizer on the calling thread alone; with the rows.
std::pair<Vectorizer, SparseRows> fit_vectorizer(std::span<const Document> documents,
                                                 const VectorizerOptions& options,
                                                 std::span<const std::int32_t> labels = {});
/// The rows of `documents`, on the calling thread alone.
SparseRows transform(const Vectorizer& vectorizer, std::span<const Document> documents);
/// The logits [C] of one row.
std::vector<float> logits_of(const Network& network, const SparseRow& row);

/// What a command did.
struct Outcome {
  int status;  ///< exit status; 128 + the signal where one ended it
  std::string out;
  std::string err;
};
/// Runs the newsclf binary with `arguments`, and `input` on its stdin.
Outcome run_newsclf(const std::vector<std::string>& arguments, std::string_view input = {});
/// Runs a line of shell, in which $NEWSCLF is the binary.
Outcome run_shell(const std::string& line, std::string_view input = {});

/// A model of the sample's training documents, an ensemble with a temperature, for tests that need
/// any such model: the first that asks for it trains it, the others of the same build read it. It
/// is not to be written to.
std::string trained_model();

/// A file or folder of the project, named from its top.
std::string source_file(std::string_view name);
/// Folder of the project's own corpus: holds train/ and test/.
std::string sample_data();

/// Element by element |a - b| <= tolerance * max(1, |b|).
void require_close(std::span<const float> actual, std::span<const float> expected,
                   double tolerance);

/// The message of the `Error` that `work` throws; fails where it throws none.
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
