// SPDX-License-Identifier: MIT
// The parts of a newsgroup post (RFC 1036): header block, subject, quoted lines, signature.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// Views into the text of a post.
struct Post {
  std::string_view headers;  ///< the header block, without the blank line that ends it
  std::string_view subject;  ///< the value of `Subject:` with folded lines, trimmed
  std::string_view body;     ///< the text after the blank line
};

/// Returns the parts of `text` if it is a post: it begins with a block of `Name: value` lines,
/// including a `Subject:`, that a blank line ends. A line that begins with a space or tab continues
/// the previous line. Lines end at `\n`; a `\r` before it is allowed.
std::optional<Post> parse_post(std::string_view text);

/// Returns the lines of `body`, with line ends, except quoted lines and lines that announce a
/// quote: lines that begin with `>`, `|`, `In article` or `Quoted from`, or contain `writes:`,
/// `writes in`, `wrote:`, `says:` or `said:`. The rule of scikit-learn's `strip_newsgroup_quoting`.
std::vector<std::string_view> unquoted_lines(std::string_view body);

/// Returns `body`, trimmed, up to its last line that is blank or consists of hyphens: a signature
/// is assumed to start there. The rule of scikit-learn's `strip_newsgroup_footer`.
std::string_view strip_footer(std::string_view body);

/// Returns the key that the posts of a thread share: the subject in lower case (ASCII) without
/// leading `re:`, with white space collapsed.
std::string thread_of(std::string_view subject);

}  // namespace newsclf
