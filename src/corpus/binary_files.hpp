// SPDX-License-Identifier: MIT
// Recognises files that are not text by their first bytes: known file types by their signatures,
// others by control characters and bytes that are not valid in the encoding.
#pragma once

#include <string_view>

#include "newsclf/corpus/read_options.hpp"

namespace newsclf {

/// Whether a file that begins with `first` is a model (or another safetensors file): the size of
/// the header (64 bits, little-endian), then the header, a JSON object.
bool begins_like_model(std::string_view first);

/// Whether a file that begins with `first` is not text in `encoding`, see `decode_start`.
bool looks_binary(std::string_view first, const std::string& encoding);

/// Refuses an input that is not text, except tar archives.
/// @param first the first bytes of the input
/// @param text the same, decoded by `decode_start`
/// @param name the name of the input in the error
/// @param format the format to read; under `kTree`, any archive without a signature is allowed
/// @throws Error that names the kind of file and what to do with it
void refuse_binary(std::string_view first, std::string_view text, std::string_view name,
                   DataFormat format);

}  // namespace newsclf
