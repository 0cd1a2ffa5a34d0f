// SPDX-License-Identifier: MIT
// Reads labelled documents from a directory tree, on disk or in a tar archive: one folder per
// label, one file per document.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/corpus/collected_documents.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/io/byte_source.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// Reads the tree at `root`. The label of a document is the first folder below the root, its id is
/// the path below the root; subfolders of a label folder are read too. Documents are sorted by the
/// bytes of their names, folder by folder, whatever the order of the file system. Symbolic links
/// are not followed; they and all other skipped entries are counted. The result may be empty.
/// @throws Error if `root` is not a directory or has no label folder; if it, or one of its folders,
/// cannot be listed; if more than 1 % of the files (but more than one), or all files of a label,
/// cannot be read (`ErrorCode::kUnreadable`), except under `ReadOptions::skip_unreadable`; if the
/// machine fails (`ErrorCode::kMachine`); under `InvalidUtf8::kError`
/// @param sink receives the documents, unless it is null; then the corpus has none
Corpus read_tree(const std::filesystem::path& root, const ReadOptions& options, Workers& workers,
                 DocumentSink* sink = nullptr);

/// Reads the tree in a tar archive from a stream, with the same documents as `read_tree` on the
/// unpacked folder. The root of the tree is the folder `inside` of the archive. If `inside` is
/// empty, leading folders that contain all files are skipped, except label folders: `train/space/1`
/// and `train/baseball/2` have the labels `space` and `baseball`.
/// @param path name of the archive in messages
/// @throws Error if the archive cannot be read or is damaged, with the entry; if it has no label
///     folder; under `InvalidUtf8::kError`
Corpus read_archive(const std::string& path, std::unique_ptr<ByteSource> source,
                    std::string_view inside, const ReadOptions& options, Workers& workers,
                    DocumentSink* sink = nullptr);

/// What `decode_limited` did.
struct LimitedText {
  std::size_t bytes = 0;  ///< size of the document before it was decoded
  Repair repair = Repair::kNone;
  bool is_long = false;  ///< it is longer than the limit, and was cut
};

/// Decodes a whole document (see `decode_document`) and cuts it to `ReadLimits::document` bytes; a
/// document that is to be skipped becomes empty.
/// @param text the document, or more than that number of its first bytes
/// @throws Error under `OnLong::kError` and under `InvalidUtf8::kError`
LimitedText decode_limited(std::string& text, const ReadOptions& options, const std::string& where);

/// What `read_texts` read.
struct ReadTexts {
  std::vector<std::string> lost;  ///< the labels of the documents that could not be read
  std::set<std::string> labels;   ///< of the others
  std::size_t documents = 0;      ///< number of the others
};

/// Reads, decodes and counts the texts of `corpus.documents`; drops documents that cannot be read.
/// @param size_of returns the size of a text before it is read
/// @param read reads the text of a document, or its start (see `decode_limited`); returns 0, or an
///     errno value
/// @param path_of returns the name of a document in messages
/// @param sink receives the documents, some at a time, unless it is null; then none is left
ReadTexts read_texts(Corpus& corpus, const ReadOptions& options, Workers& workers,
                     const std::function<std::size_t(const Document&)>& size_of,
                     const std::function<int(Document&)>& read,
                     const std::function<std::string(const Document&)>& path_of,
                     DocumentSink* sink);

}  // namespace newsclf
