// SPDX-License-Identifier: MIT
#include "corpus/record_splitter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;
constexpr std::size_t kMostRecords = 4096;  // limits memory: documents are larger than short lines
constexpr std::string_view kByteOrderMark = "\uFEFF";

}  // namespace

bool RecordSplitter::fill() {
  const std::size_t size = buffer_.size();
  // A growing string doubles its capacity, so a long record is rarely copied.
  buffer_.resize(size + kBlock);
  const std::size_t n = source_->read(buffer_.data() + size, buffer_.size() - size);
  buffer_.resize(size + n);
  return n > 0;
}

void RecordSplitter::drop_mark() {
  while (!at_end_ && buffer_.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(buffer_))
    at_end_ = !fill();
  if (buffer_.starts_with(kByteOrderMark)) used_ = searched_ = kByteOrderMark.size();
  at_start_ = false;
}

void RecordSplitter::hand_over(std::size_t end, std::size_t next) {
  std::string_view bytes = std::string_view(buffer_).substr(used_, end - used_);
  if (bytes.ends_with('\r')) bytes.remove_suffix(1);
  records_.push_back({bytes, line_});
  line_ += lines_ended_;
  lines_ended_ = 0;
  used_ = searched_ = next;
}

void RecordSplitter::cut() {
  const std::string_view arrived = buffer_;
  while (searched_ < arrived.size() && records_.size() < kMostRecords) {
    const std::size_t newline = arrived.find('\n', searched_);
    const std::size_t end = std::min(newline, arrived.size());
    const std::string_view more = arrived.substr(searched_, end - searched_);
    if (quoted_) inside_quotes_ ^= std::ranges::count(more, '"') % 2 != 0;
    searched_ = end;
    if (newline == std::string_view::npos) return;
    ++searched_;
    ++lines_ended_;
    if (!inside_quotes_) hand_over(end, end + 1);
  }
}

std::span<const Record> RecordSplitter::read() {
  buffer_.erase(0, used_);
  searched_ -= used_;
  used_ = 0;
  records_.clear();
  if (at_start_) drop_mark();

  cut();
  while (!at_end_ && records_.empty()) {
    if (buffer_.size() > longest_)
      throw Error(fmt::format("{}, line {}", source_->name(), line_),
                  fmt::format("this record is longer than {} MiB", longest_ >> 20),
                  quoted_ ? "close the quote that is open, or check that this is text"
                          : "check that this is text with line ends");
    at_end_ = !fill();
    cut();
  }
  const bool all_searched = searched_ == buffer_.size();
  if (at_end_ && all_searched && used_ < buffer_.size()) hand_over(buffer_.size(), buffer_.size());
  return records_;
}

}  // namespace newsclf
