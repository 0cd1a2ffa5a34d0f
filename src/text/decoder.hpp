// SPDX-License-Identifier: MIT
// Decodes bytes to UTF-8 piece by piece, with iconv.
//
// A byte that cannot be decoded becomes 0xFF, which UTF-8 never contains, and the character of that
// byte in Latin-1. So a stream can be split into records first, and only then `settle` decides,
// record by record, what becomes of such bytes, and says whether there were any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "newsclf/text/encoding.hpp"

namespace newsclf {

/// Returns `encoding`; under `auto`, that of the byte order mark at the start of the text, if any.
std::string encoding_of(std::string_view first, const std::string& encoding);
/// Whether `first` is an incomplete byte order mark.
bool may_become_mark(std::string_view first);

/// Call order: `decode* finish`.
class Decoder {
 public:
  /// @throws Error if iconv does not know `encoding`
  explicit Decoder(const std::string& encoding);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// Appends the decoded text of `bytes` to `out`; keeps an incomplete character for the next call.
  void decode(std::string_view bytes, std::string& out);
  /// Appends what is left at the end of the text.
  void finish(std::string& out);

 private:
  /// Appends the bytes at the front of `bytes` that cannot be decoded; returns their number.
  std::size_t pass_on(std::string_view bytes, std::string& out);

  std::string encoding_;
  void* iconv_;            // iconv_t
  std::size_t unit_ = 0;   // size in bytes of the smallest character: 2 for UTF-16; 0: unknown
  std::string left_ = {};  // an incomplete character
};

/// Makes a text well-formed UTF-8 that is decoded so far: bytes as they were read if `encoding` is
/// `auto` or UTF-8, otherwise the output of a `Decoder`. See `decode_document`.
Repair settle(std::string& text, std::string_view encoding, InvalidUtf8 policy,
              std::string_view where);

}  // namespace newsclf
