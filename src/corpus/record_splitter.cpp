// SPDX-License-Identifier: MIT
#include "corpus/record_splitter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "newsclf/corpus/read_limits.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;
constexpr std::size_t kMostPreviewed = std::size_t{64} << 10;
constexpr std::size_t kMostRecords = 4096;  // limits memory: documents are larger than short lines
constexpr std::string_view kByteOrderMark = "\uFEFF";
constexpr std::string_view kLineEnds = "\r\n";
constexpr std::string_view kSpaces = " \t\r\n";

bool is_space(char c) { return kSpaces.find(c) != std::string_view::npos; }

}  // namespace

void RecordSplitter::fill() {
  block_.resize(kBlock);
  const std::size_t n = source_->read(block_.data(), block_.size());
  // A growing string doubles its capacity, so a long record is rarely copied.
  buffer_.append(block_, 0, n);
  at_end_ = n == 0;
}

void RecordSplitter::discard_used() {
  buffer_.erase(0, used_);
  searched_ -= used_;
  used_ = 0;
}

void RecordSplitter::refuse_long() {
  pending_.emplace(ErrorCode::kLongRecord, fmt::format("{}, line {}", source_->name(), line_),
                   fmt::format("this record is longer than {}{}", describe_size(limit_.longest),
                               inside_quotes_ ? " (perhaps a quote is not closed)" : ""));
}

void RecordSplitter::drop_rest_of_line() {
  buffer_.resize(limit_.longest + kBlock);
  searched_ = buffer_.size();
  std::size_t end = std::string::npos;
  while (!at_end_ && end == std::string::npos) {
    const std::size_t n = source_->read(block_.data(), block_.size());
    at_end_ = n == 0;
    end = std::string_view(block_.data(), n).find(syntax_.line_end);
    if (end != std::string::npos) buffer_.append(block_, end, n - end);
  }
}

void RecordSplitter::start() {
  if (!std::exchange(at_start_, false)) return;
  while (!at_end_ && buffer_.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(buffer_))
    fill();
  if (buffer_.starts_with(kByteOrderMark)) used_ = searched_ = kByteOrderMark.size();
  if (syntax_.kind == RecordSyntax::kJson) start_array();
}

void RecordSplitter::start_array() {
  std::size_t begin = used_;
  while (true) {
    while (begin < buffer_.size() && is_space(buffer_[begin])) ++begin;
    if (at_end_ || begin < buffer_.size()) break;
    if (buffer_.size() > limit_.longest) return refuse_long();
    fill();
  }
  is_array_ = begin < buffer_.size() && buffer_[begin] == '[';
  if (!is_array_) return;
  line_ += std::count(buffer_.data() + used_, buffer_.data() + begin, '\n');
  used_ = searched_ = begin + 1;
}

std::string_view RecordSplitter::preview(std::size_t lines) {
  start();
  while (true) {
    const std::size_t begin = std::min(buffer_.find_first_not_of(kLineEnds, used_), buffer_.size());
    const std::string_view arrived = std::string_view(buffer_).substr(begin);
    const std::string_view limited = arrived.substr(0, kMostPreviewed);
    std::size_t end = 0, found = 0;
    for (; found < lines; ++found) {
      const std::size_t newline = limited.find('\n', end);
      if (newline == std::string_view::npos) break;
      end = newline + 1;
    }
    if (found == lines || (end > 0 && limited.size() == kMostPreviewed))
      return limited.substr(0, end);
    if (at_end_ || limited.size() == kMostPreviewed || buffer_.size() > limit_.longest)
      return limited;
    fill();
  }
}

void RecordSplitter::skip_line() {
  const std::size_t begin = std::min(buffer_.find_first_not_of(kLineEnds, used_), buffer_.size());
  const std::size_t end = std::min(buffer_.find(syntax_.line_end, begin), buffer_.size());
  const std::size_t next = std::min(end + 1, buffer_.size());
  line_ += std::count(buffer_.data() + used_, buffer_.data() + next, syntax_.line_end);
  used_ = searched_ = next;
}

void RecordSplitter::hand_over(std::size_t end, std::size_t next) {
  std::string_view bytes = std::string_view(buffer_).substr(used_, end - used_);
  if (bytes.ends_with('\r')) bytes.remove_suffix(1);
  const bool is_cut = limit_.cuts && bytes.size() > limit_.longest;
  if (is_cut) bytes = cut_to(bytes, limit_.longest);
  if (!is_cut && bytes.size() > limit_.longest) return refuse_long();
  records_.push_back({bytes, line_, is_array_ ? ++elements_ : 0, is_cut});
  line_ += std::exchange(lines_ended_, 0);
  used_ = searched_ = next;
}

void RecordSplitter::cut_lines() {
  while (records_.size() < kMostRecords && !pending_) {
    const std::size_t end = buffer_.find(syntax_.line_end, searched_);
    searched_ = std::min(end, buffer_.size());
    if (end == std::string::npos) return;
    ++lines_ended_;
    hand_over(end, end + 1);
  }
}

void RecordSplitter::cut_quoted() {
  const std::string_view bytes = buffer_;
  std::size_t line_end = std::min(bytes.find(syntax_.line_end, searched_), bytes.size());
  while (searched_ < bytes.size() && records_.size() < kMostRecords && !pending_) {
    if (inside_quotes_) {
      const std::size_t quote = std::min(bytes.find('"', searched_), bytes.size());
      const bool may_be_doubled = quote + 1 == bytes.size() && !at_end_;
      if (line_end < quote)
        lines_ended_ +=
            std::ranges::count(bytes.substr(searched_, quote - searched_), syntax_.line_end);
      searched_ = quote;
      if (quote == bytes.size() || may_be_doubled) return;
      const bool is_doubled = quote + 1 < bytes.size() && bytes[quote + 1] == '"';
      searched_ += is_doubled ? 2 : 1;
      inside_quotes_ = is_doubled;
      continue;
    }
    if (line_end < searched_)
      line_end = std::min(bytes.find(syntax_.line_end, searched_), bytes.size());
    const std::size_t quote = bytes.substr(0, line_end).find('"', searched_);
    if (quote != std::string_view::npos) {
      // Any other quote is text.
      inside_quotes_ = quote == used_ || bytes[quote - 1] == syntax_.delimiter;
      searched_ = quote + 1;
      continue;
    }
    searched_ = line_end;
    if (line_end == bytes.size()) return;
    ++lines_ended_;
    hand_over(line_end, line_end + 1);
  }
}

void RecordSplitter::cut_array() {
  while (searched_ < buffer_.size() && records_.size() < kMostRecords && !pending_) {
    if (inside_quotes_ && !is_escaped_) {
      // Most bytes are inside strings, where JSON allows no line ends.
      const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(searched_);
      const auto special =
          std::find_if(begin, buffer_.end(), [](char c) { return c == '"' || c == '\\'; });
      searched_ += static_cast<std::size_t>(special - begin);
      if (special == buffer_.end()) return;
    }
    const char c = buffer_[searched_];
    const bool is_before_element = used_ == searched_;
    lines_ended_ += c == '\n';
    if (is_before_element && is_space(c)) {
      used_ = ++searched_;
      line_ += std::exchange(lines_ended_, 0);
      continue;
    }
    if (is_closed_) return refuse_array("text after the end of the JSON array", "write one array");
    const bool ends_element = depth_ == 0 && !inside_quotes_ && (c == ',' || c == ']');
    if (ends_element) {
      if (is_before_element && (c == ',' || elements_ > 0))
        return refuse_array("the JSON array has a comma without an element", "remove it");
      is_closed_ = c == ']';
      if (is_before_element)
        used_ = ++searched_;
      else
        hand_over(searched_, searched_ + 1);
      continue;
    }
    ++searched_;
    if (!inside_quotes_) {
      inside_quotes_ = c == '"';
      depth_ += c == '{' || c == '[';
      depth_ -= depth_ > 0 && (c == '}' || c == ']');
    } else if (is_escaped_) {
      is_escaped_ = false;
    } else {
      is_escaped_ = c == '\\';
      inside_quotes_ = c != '"';
    }
  }
}

void RecordSplitter::refuse_array(std::string_view problem, std::string_view remedy) {
  pending_.emplace(fmt::format("{}, line {}", source_->name(), line_ + lines_ended_), problem,
                   remedy);
}

void RecordSplitter::cut() {
  if (is_array_) return cut_array();
  if (syntax_.kind == RecordSyntax::kQuoted) return cut_quoted();
  cut_lines();
}

void RecordSplitter::cut_last() {
  const bool is_whole = !is_array_ || (depth_ == 0 && !inside_quotes_);
  if (used_ < buffer_.size() && is_whole) hand_over(buffer_.size(), buffer_.size());
  if (is_array_ && !is_closed_ && !pending_)
    refuse_array("the JSON array has no closing ]", "the file may be truncated: create it again");
}

std::span<const Record> RecordSplitter::read() {
  discard_used();
  records_.clear();
  start();

  cut();
  while (!at_end_ && records_.empty() && !pending_) {
    discard_used();  // white space between the elements of an array
    // Records that are longer by less than a block are found when they end.
    const bool is_long = buffer_.size() > limit_.longest + kBlock;
    if (is_long && !limit_.cuts) {
      refuse_long();
      break;
    }
    if (is_long)
      drop_rest_of_line();
    else
      fill();
    cut();
  }
  if (at_end_ && searched_ == buffer_.size() && !pending_) cut_last();
  if (records_.empty() && pending_) throw *pending_;
  return records_;
}

}  // namespace newsclf
