// SPDX-License-Identifier: MIT
// Detects the format of an input from its name and its first bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "newsclf/corpus/read_options.hpp"
#include "newsclf/io/byte_source.hpp"

namespace newsclf {

/// An opened input and its first bytes, which `source` still returns; decoded to UTF-8, unless they
/// begin a tar archive.
struct OpenedInput {
  std::unique_ptr<ByteSource> source;
  std::string first;
};

/// Opens a file, or stdin for "-", and looks at its first 64 KiB; of a pipe, only at what arrives
/// with its first line.
/// @param format the format to read, if it is known
/// @param encoding the encoding of the text, see `decode_start`
/// @throws Error as `open_bytes`; if the input is not text, see `refuse_binary`
OpenedInput open_input(const std::string& path, DataFormat format, const std::string& encoding);

/// The format that the file name shows, without `.gz` or `.zst`; `kAuto` if none.
DataFormat format_of_name(std::string_view name);

/// Whether a file that begins with `first` is a tar archive (POSIX ustar, pax, GNU).
bool is_tar(std::string_view first);

/// The format of an input; `kAuto`: none of the known formats of records.
struct DetectedFormat {
  DataFormat format = DataFormat::kAuto;
  DataFormat suspected = DataFormat::kAuto;  ///< its likely format, if it was not detected
};

/// Detects the format from the first bytes: a tar archive; fastText, if most of the first 20 lines
/// begin with a label; JSONL, if most of them are JSON objects, or if it is an array of objects;
/// CSV and TSV, if the first line is a header with a column that the options name or that is in
/// `kTextNames` or `kLabelNames`. Blank lines are skipped.
/// @param one_suffices whether a single JSON object, or a header alone, is enough; otherwise, a
///     file with one JSON object needs a text key, and a header needs a record
DetectedFormat detect_format(std::string_view first, const ReadOptions& options, bool one_suffices);

}  // namespace newsclf
