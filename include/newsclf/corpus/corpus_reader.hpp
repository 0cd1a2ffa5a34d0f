// SPDX-License-Identifier: MIT
// Reads labelled documents from folders, archives, files of records or stdin.
#pragma once

#include <string>
#include <vector>

#include "newsclf/corpus/collected_documents.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/io/byte_source.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// A location of documents, and what its name says about the format.
struct CorpusPlace {
  /// Checks the name, and whether it is an existing folder. @throws Error if the machine fails
  static CorpusPlace of(const std::string& name);

  enum Kind { kStdin, kFolder, kArchive, kFile } kind = kFile;
  std::string path;    ///< path of the folder, archive or file; "-" for standard input
  std::string inside;  ///< folder within the archive, as in `a.tar.gz/inside`; empty: all
  /// From the name without `.gz` or `.zst`: `.csv`, `.tsv`, `.jsonl`, `.ndjson`, `.json`; `kTree`
  /// for a folder and for `.tar`, `.tgz`; `kAuto` for other names.
  DataFormat format = DataFormat::kAuto;
};

/// Documents of several places as one collection.
struct ReadCorpus {
  Corpus corpus;
  std::vector<std::string> formats;  ///< the detected format of each place
  LabelSet labels = {};              ///< of the documents
  std::string first_label = {};      ///< of the first of them
  /// Whether all ids are paths of files in a subfolder of a label folder.
  bool in_subfolders = false;
};

/// Reads labelled documents from `places`, in order: folders, archives, files of records, or "-"
/// for standard input. `ReadOptions::format` sets the format; under `kAuto` it is detected from the
/// file name, then from the first lines (tar archive, fastText lines, JSON objects or an array of
/// these, CSV or TSV with a header). Records keep their order, and have the id `place:line`, or
/// `place:element` in an array, unless they have their own.
/// @throws Error if a place is given twice, does not exist, cannot be read or is not text; if the
///     format cannot be detected; for a malformed record; if no document has one of the labels in
///     `labels`; if there is no document; under `InvalidUtf8::kError`
/// @param sink receives the documents, if it is not null, and the corpus has none; then there is no
///     limit on their memory
ReadCorpus read_corpus(const std::vector<std::string>& places, const ReadOptions& options,
                       Workers& workers, DocumentSink* sink = nullptr);

/// Returns "a.csv (csv), standard input (jsonl)": the first ten places with their formats, and the
/// number of the other places.
std::string describe_places(const std::vector<std::string>& places,
                            const std::vector<std::string>& formats);

/// Reads all of `source` as one document that may be a post, with its name as id; updates `counts`.
/// A document that is too long is cut under `OnLong::kSkip` too, and then empty.
/// @throws Error as `ByteSource::read`; under `InvalidUtf8::kError` and `OnLong::kError`
Document read_document(ByteSource& source, const ReadOptions& options, ReadCounts& counts);

}  // namespace newsclf
