// SPDX-License-Identifier: MIT
// The log of a search for options, from which it can go on.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "newsclf/learning/tuning.hpp"

namespace newsclf {

/// What the trials of a log belong to.
struct TuningSource {
  std::string data;       ///< digest of all documents
  std::int64_t held_out;  ///< the last documents, of --valid
  std::string options;    ///< as typed, with a digest of the files that they name
};

/// One JSON object per line. The first is {"data", "held_out", "options"}; each of the others is a
/// trial: {"trial", "candidate", "fold", "options": {"min-df": "2"}, "documents", "scored",
/// "correct", "gained", "lost", "seconds", "wrong" (of candidate 0), "failure" (if it failed),
/// "too_slow", "retries" (if true)}; see `Trial`. Folds are numbered from 1. Each line is flushed
/// before `add` returns; a lock keeps other runs from writing the file.
class TuningLog {
 public:
  /// Opens the log `path`, or none if it is empty. If the file exists, its trials are read, and a
  /// line that an interrupted run did not complete is removed.
  /// @throws Error if the file cannot be read or written, is not such a log, is written by another
  ///     run, or if its trials belong to other documents or options
  TuningLog(const std::string& path, const TuningSource& source);

  const std::vector<Trial>& earlier() const { return earlier_; }
  /// @throws Error if the line cannot be written
  void add(const Trial& trial);

 private:
  void read(const TuningSource& source);
  void write(const std::string& line);

  std::string path_;
  std::vector<Trial> earlier_;
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace newsclf
