// SPDX-License-Identifier: MIT
// Labelled documents from a directory tree inside a tar archive, without unpacking it to disk.
#pragma once

#include <string>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// Reads the tree in the tar archive at `path` ("-": standard input), compressed or not, into the
/// same documents in the same order as `read_tree` would read from its unpacked folder. Folders that
/// hold all files of the archive, but the last one above the files, are the way to the tree's root:
/// `train/space/1` and `train/baseball/2` have the labels `space` and `baseball`. Where `path` goes
/// on behind the archive's name (`20news.tar.gz/20news-bydate-train`), that folder of it is the root.
/// Links, devices and hidden names are counted as in a folder.
/// @throws Error if it cannot be read or is damaged, naming the entry; if it holds no label folder;
///     under `InvalidUtf8::kError`
Corpus read_archive(const std::string& path, const ReadOptions& options, Workers& workers);

}  // namespace newsclf
