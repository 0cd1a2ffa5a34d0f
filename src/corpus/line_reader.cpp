// SPDX-License-Identifier: MIT
#include "newsclf/corpus/line_reader.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

bool LineReader::fill() {
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kBlock);
  ssize_t n = 0;
  do n = ::read(fd_, buffer_.data() + size, kBlock);
  while (n < 0 && errno == EINTR);
  const int error = errno;
  buffer_.resize(size + static_cast<std::size_t>(n > 0 ? n : 0));
  if (n < 0) throw Error(name_, std::string("cannot read: ") + std::strerror(error));
  return n > 0;
}

std::span<const std::string_view> LineReader::read() {
  buffer_.erase(0, used_);
  used_ = 0;
  lines_.clear();

  std::size_t searched = 0;
  while (!at_end_ && buffer_.find('\n', searched) == std::string::npos) {
    searched = buffer_.size();
    at_end_ = !fill();
  }
  const std::string_view arrived = buffer_;
  for (std::size_t end; (end = arrived.find('\n', used_)) != std::string_view::npos;
       used_ = end + 1)
    lines_.push_back(without_cr(arrived.substr(used_, end - used_)));
  if (at_end_ && used_ < arrived.size()) {
    lines_.push_back(without_cr(arrived.substr(used_)));
    used_ = arrived.size();
  }
  return lines_;
}

}  // namespace newsclf
