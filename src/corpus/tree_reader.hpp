// SPDX-License-Identifier: MIT
// Labelled documents from a directory tree: one folder a label, one file a document.
#pragma once

#include <filesystem>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// Reads the tree at `root`. A document's label is the first folder below the root, its id the path
/// below the root; folders inside a label folder are read too. Documents come in byte order of their
/// names, folder by folder, in whatever order the file system lists them. Symbolic links are not
/// followed; they and everything else that is passed over are counted. There may be no document.
/// @throws Error if `root` is no directory, if it or a folder in it cannot be listed, if it holds no
/// folder, or under `InvalidUtf8::kError`
Corpus read_tree(const std::filesystem::path& root, const ReadOptions& options, Workers& workers);

}  // namespace newsclf
