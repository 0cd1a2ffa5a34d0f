// SPDX-License-Identifier: MIT
// Helpers of the fuzz targets. The first bytes of an input choose options, the others are data.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "newsclf/corpus/document.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/text/utf8.hpp"

/// libFuzzer calls this with every input. An exception that leaves it is a finding.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace newsclf::fuzz {

/// Ends the process, which libFuzzer reports as a finding, unless `holds`.
inline void require(bool holds, const char* what, std::string_view found = {}) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n%.*s\n", what, static_cast<int>(found.size()),
               found.data());
  std::abort();
}

inline void require_utf8(std::string_view text, const char* what) {
  require(find_invalid_utf8(text) == std::string_view::npos, what, text);
}

/// Requires that the message is one line without control characters.
/// @return the message
inline std::string message_of(const Error& error) {
  const std::string message = error.what();
  require(!message.empty() && Error::escape_controls(message) == message, "the message is one line",
          message);
  return message;
}

/// Requires what holds for the text, label and columns of every document that was read.
inline void require_sound(const Document& document) {
  require_utf8(document.text, "the text is UTF-8");
  require_utf8(document.label, "the label is UTF-8");
  std::size_t begin = 0;
  for (const TextPart& part : document.parts) {
    require(part.end >= begin && part.end <= document.text.size() && part.weight >= 1,
            "parts are in order and inside the text");
    require_utf8(std::string_view(document.text).substr(begin, part.end - begin),
                 "parts end between characters");
    begin = part.end;
  }
  require(document.parts.empty() || begin == document.text.size(), "parts cover the text");
  for (const InputColumn& column : document.columns) {
    require_utf8(column.name, "the name of a column is UTF-8");
    require_utf8(column.value, "the value of a column is UTF-8");
  }
}

/// Whether two readings gave the same document.
inline bool are_equal(const Document& a, const Document& b) {
  const auto equal_parts = [](const TextPart& left, const TextPart& right) {
    return left.end == right.end && left.weight == right.weight;
  };
  return a.id == b.id && a.label == b.label && a.text == b.text && a.may_be_post == b.may_be_post &&
         a.columns == b.columns && a.guessed_encoding == b.guessed_encoding &&
         std::ranges::equal(a.parts, b.parts, equal_parts);
}

/// Takes choices from the front of an input, one byte each; what is left is the data.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : left_(reinterpret_cast<const char*>(data), size) {}

  /// A number below `count`; 0 if there is no byte left.
  std::size_t below(std::size_t count) {
    if (left_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(left_.front());
    left_.remove_prefix(1);
    return byte % count;
  }
  template <typename Value, std::size_t N>
  const Value& one_of(const Value (&values)[N]) {
    return values[below(N)];
  }
  std::string_view data() const { return left_; }

 private:
  std::string_view left_;
};

}  // namespace newsclf::fuzz
