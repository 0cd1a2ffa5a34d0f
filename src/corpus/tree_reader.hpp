// SPDX-License-Identifier: MIT
// Labelled documents from a directory tree, on disk or in a tar archive: one folder a label, one
// file a document.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/io/byte_source.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// Reads the tree at `root`. A document's label is the first folder below the root, its id the path
/// below the root; folders inside a label folder are read too. Documents come in byte order of
/// their names, folder by folder, in whatever order the file system lists them. Symbolic links are
/// not followed; they and everything else that is passed over are counted. There may be no
/// document.
/// @throws Error if `root` is no directory, if it or a folder in it cannot be listed, if it holds
/// no folder, or under `InvalidUtf8::kError`
Corpus read_tree(const std::filesystem::path& root, const ReadOptions& options, Workers& workers);

/// Reads the tree in a tar archive, as it streams by, into the documents that `read_tree` would
/// read from its unpacked folder. The root of the tree is the folder `inside` of the archive; where
/// that is empty, the folders that hold all files, but the last one above them, are the way to the
/// root: `train/space/1` and `train/baseball/2` have the labels `space` and `baseball`.
/// @param path what stands for the archive in messages
/// @throws Error if it cannot be read or is damaged, naming the entry; if it holds no label folder;
///     under `InvalidUtf8::kError`
Corpus read_archive(const std::string& path, std::unique_ptr<ByteSource> source,
                    std::string_view inside, const ReadOptions& options, Workers& workers);

/// Reads the texts of the documents that were found, repairs and counts them, and drops those that
/// cannot be read.
/// @param read fills in a document's text, or returns an errno value
/// @param path_of a document in messages
void read_texts(Corpus& corpus, InvalidUtf8 policy, Workers& workers,
                const std::function<int(Document&)>& read,
                const std::function<std::string(const Document&)>& path_of);

}  // namespace newsclf
