// SPDX-License-Identifier: MIT
// Labelled documents from a directory tree inside a tar archive, without unpacking it to disk.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "newsclf/io/byte_source.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// Reads the tree in a tar archive into the same documents in the same order as `read_tree` would read
/// from its unpacked folder. The root of the tree is the folder `inside` of the archive; where that is
/// empty, the folders that hold all files, but the last one above them, are the way to the root:
/// `train/space/1` and `train/baseball/2` have the labels `space` and `baseball`. Links, devices and
/// hidden names are counted as in a folder.
/// @param path what stands for the archive in messages
/// @throws Error if it cannot be read or is damaged, naming the entry; if it holds no label folder;
///     under `InvalidUtf8::kError`
Corpus read_archive(const std::string& path, std::unique_ptr<ByteSource> source,
                    std::string_view inside, const ReadOptions& options, Workers& workers);

}  // namespace newsclf
