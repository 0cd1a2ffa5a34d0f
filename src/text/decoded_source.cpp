// SPDX-License-Identifier: MIT
#include "text/decoded_source.hpp"

#include <utility>

namespace newsclf {

DecodedSource::DecodedSource(std::unique_ptr<ByteSource> source, std::string encoding)
    : source_(std::move(source)),
      encoding_(std::move(encoding)),
      is_known_(encoding_ != kAutoEncoding) {
  if (!expects_utf8(encoding_)) decoder_.emplace(encoding_);
}

void DecodedSource::find_encoding() {
  is_known_ = true;
  std::string first;
  while (may_become_mark(first)) {
    char byte = 0;
    if (source_->read(&byte, 1) == 0) break;
    first += byte;
  }
  encoding_ = encoding_of(first, encoding_);
  if (expects_utf8(encoding_)) {
    decoded_ = first;
  } else {
    decoder_.emplace(encoding_);
    decoder_->decode(first, decoded_);
  }
}

std::size_t DecodedSource::read(char* out, std::size_t size) {
  constexpr std::size_t kBlock = std::size_t{256} << 10;
  if (!is_known_) find_encoding();
  while (used_ == decoded_.size()) {
    if (at_end_) return 0;
    if (!decoder_) return source_->read(out, size);
    decoded_.clear();
    used_ = 0;
    block_.resize(kBlock);
    const std::size_t n = source_->read(block_.data(), block_.size());
    at_end_ = n == 0;
    if (at_end_)
      decoder_->finish(decoded_);
    else
      decoder_->decode({block_.data(), n}, decoded_);
  }
  const std::size_t n = decoded_.copy(out, size, used_);
  used_ += n;
  return n;
}

}  // namespace newsclf
