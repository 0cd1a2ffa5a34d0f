// SPDX-License-Identifier: MIT
// Labelled documents from anywhere: folders, archives, files of records, stdin.
#pragma once

#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// A place where documents are, and what its name says about it.
struct CorpusPlace {
  /// Looks at the name, and whether there is a folder of it.
  static CorpusPlace of(const std::string& name);

  enum Kind { kStdin, kFolder, kArchive, kFile } kind = kFile;
  std::string path;    ///< of the folder, archive or file; "-" for standard input
  std::string inside;  ///< the folder of the archive that is meant: `a.tar.gz/inside`; empty: all
  /// By the name, without `.gz` or `.zst`: `.csv`, `.tsv`, `.jsonl`, `.ndjson`; `kTree` for a
  /// folder and for `.tar`, `.tgz`; `kAuto` where it says nothing.
  DataFormat format = DataFormat::kAuto;
};

/// Documents of several places as one collection.
struct ReadCorpus {
  Corpus corpus;
  std::vector<std::string> formats;  ///< for each place, what was recognised
};

/// Reads labelled documents from `places`, one after the other: folders, archives, files of
/// records, or "-" for standard input. `ReadOptions::format` says what they are; under `kAuto` the
/// name of a file does, or else its first bytes: a tar archive, fastText lines, JSON objects.
/// Documents of records come in their order, with the id `place:line` where they have none.
/// @throws Error if a place is given twice, is not there or cannot be read; if its format cannot be
///     told; for a malformed record; if a name in `labels` is no document's label; if no document
///     was found; under `InvalidUtf8::kError`
ReadCorpus read_corpus(const std::vector<std::string>& places, const ReadOptions& options,
                       Workers& workers);

/// "a.csv (csv), standard input (jsonl)": the places with what was recognised of each, and how many
/// more there are than ten.
std::string describe_places(const std::vector<std::string>& places,
                            const std::vector<std::string>& formats);

/// All bytes of a file, or of standard input ("-"), as one document that may be a post, with the
/// name as its id; it is added to `counts`.
/// @throws Error as `open_bytes`; under `InvalidUtf8::kError`
Document read_document(const std::string& path, InvalidUtf8 policy, ReadCounts& counts);

}  // namespace newsclf
