// SPDX-License-Identifier: MIT
// A stream of text as UTF-8, decoded as it arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "newsclf/io/byte_source.hpp"
#include "text/decoder.hpp"

namespace newsclf {

/// Passes on UTF-8 as it is, a byte order mark included, and decodes any other encoding; what
/// cannot be decoded is left to `settle`. Under `auto` the first bytes are searched for a byte
/// order mark; it waits for no more of them than necessary.
class DecodedSource : public ByteSource {
 public:
  /// @throws Error if iconv does not know `encoding`
  DecodedSource(std::unique_ptr<ByteSource> source, std::string encoding);

  std::size_t read(char* out, std::size_t size) override;
  std::int64_t consumed() const override { return source_->consumed(); }
  const std::string& name() const override { return source_->name(); }

  /// The encoding for `settle`: of the byte order mark, once it was read, or as given.
  const std::string& encoding() const { return encoding_; }

 private:
  void find_encoding();

  std::unique_ptr<ByteSource> source_;
  std::string encoding_;
  bool is_known_;  // whether the first bytes were examined, if they need to be
  std::optional<Decoder> decoder_;
  std::string block_;    // bytes of the source
  std::string decoded_;  // text that `read` has not returned yet, from used_ on
  std::size_t used_ = 0;
  bool at_end_ = false;
};

}  // namespace newsclf
