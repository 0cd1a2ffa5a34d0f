// SPDX-License-Identifier: MIT
// Labelled documents from a directory tree: one folder a label, one file a document.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {

struct TreeOptions {
  std::vector<std::string> labels = {};  ///< read these folders alone; empty: every folder
  InvalidUtf8 invalid_utf8 = InvalidUtf8::kReplace;  ///< what to do with text that is not UTF-8
};

/// Reads the trees at `roots`, one after the other. A document's label is the first folder below
/// the root, its id the path below the root; folders inside a label folder are read too. Documents
/// come in byte order of their names, folder by folder, in whatever order the file system lists
/// them. Symbolic links are not followed; they and everything else that is passed over are counted.
/// @throws Error if a root is no directory or given twice, if a root or a folder in it cannot be
/// listed, if a name in `labels` stands in no root, if no document was found, or under
/// `InvalidUtf8::kError`
Corpus read_trees(const std::vector<std::filesystem::path>& roots, const TreeOptions& options,
                  Workers& workers);
/// The same on the calling thread alone.
inline Corpus read_trees(const std::vector<std::filesystem::path>& roots,
                         const TreeOptions& options) {
  Workers alone(1);
  return read_trees(roots, options, alone);
}

}  // namespace newsclf
