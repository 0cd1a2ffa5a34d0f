// SPDX-License-Identifier: MIT
// The inputs of predict: lists of files, and messages about inputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cli/console.hpp"
#include "newsclf/corpus/input_documents.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {

/// Adds the names in the file `list` ("-": standard input) to `files`: ended by NUL if it contains
/// one, otherwise one per line. Empty names are skipped.
/// @throws Error if the list cannot be read, or if it is read from standard input and contains "-"
void add_listed_files(const std::string& list, std::vector<std::string>& files,
                      const Console& console);

/// Reports how inputs are read, and those of several that cannot be read.
class InputReporter {
 public:
  /// Borrows `console` and `bar`.
  InputReporter(const Console& console, ProgressBar& bar, std::size_t inputs)
      : console_(console), bar_(bar), inputs_(inputs) {}

  /// Prints how the only input is read; of several inputs, `finish` prints a summary.
  void add(const DetectedInput& input);
  /// Returns the next documents of `stream`. If one of several inputs cannot be read, prints the
  /// error and continues with the next input, unless the machine failed.
  std::span<const Document> next(InputDocuments& stream);
  /// Prints the summary. @throws Error if inputs could not be read
  void finish() const;

 private:
  const Console& console_;
  ProgressBar& bar_;
  std::size_t inputs_;
  std::vector<std::string> detected_;   // "a.ft as fasttext"
  std::vector<std::string> suspected_;  // "a.json like jsonl"
  std::int64_t documents_ = 0;          // files read as one document
  bool is_ambiguous_ = false;           // whether one of them may be several documents
  std::int64_t failed_ = 0;
};

}  // namespace newsclf
