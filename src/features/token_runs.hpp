// SPDX-License-Identifier: MIT
// Counts in how many documents each token occurs, in bounded memory and exactly: external merge
// sort. A table that is full is written to a file, sorted by hashes; in the end these runs are
// merged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/scratch_file.hpp"
#include "newsclf/features/analyzer.hpp"

namespace newsclf {

/// The tokens of some documents. Call order: `(add* end_document)* finish`.
class TokenRuns {
 public:
  /// @param folder for the runs
  /// @param memory most bytes of the table, not counting a document that does not fit
  TokenRuns(const std::string& folder, std::size_t memory);

  void add(std::span<const TokenOccurrence> occurrences);
  /// @throws Error if the disk is full
  void end_document();
  /// Writes the last run and frees the table.
  void finish();

  /// A part of the file, with tokens in ascending order of hash and text.
  struct Run {
    ScratchFile* file;
    std::size_t begin, end;
  };
  const std::vector<Run>& runs() const { return runs_; }
  /// Call it after the last read of the runs. @throws Error if the disk has lost any of them
  void check() const { file_.check(); }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t text = 0;       // place in `texts_`
    std::uint32_t size = 0;       // of the text; 0: the slot is free
    std::uint32_t documents = 0;  // with the token
    std::uint32_t last = 0;       // the last of these, counted from 1
    TokenKind kind = {};
  };

  std::string_view text_of(const Slot& slot) const {
    return std::string_view(texts_).substr(slot.text, slot.size);
  }
  Slot& find(std::uint64_t hash, std::string_view text);
  void grow();
  void write_run();

  std::size_t most_slots_, most_bytes_;
  std::vector<Slot> slots_;  // a power of two, of which at most two thirds are used
  std::size_t used_ = 0;
  std::string texts_;
  std::uint32_t document_ = 1;
  std::vector<std::uint64_t> hashes_;  // of the current block
  ScratchFile file_;
  std::vector<Run> runs_;
};

/// Calls `visit` once for each token of all runs, with the number of documents, in no particular
/// order.
/// @param memory for the buffers, in bytes
/// @throws Error if a run cannot be read
void merge_runs(std::span<const TokenRuns::Run> runs, std::size_t memory,
                const std::function<void(std::string_view text, TokenKind kind,
                                         std::uint64_t documents)>& visit);

}  // namespace newsclf
