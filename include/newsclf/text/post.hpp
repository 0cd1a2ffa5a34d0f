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
  std::string_view headers;  ///< the header block, up to its blank line
  std::string_view subject;  ///< the value of `Subject:`, folded lines included, ends trimmed
  std::string_view body;     ///< what follows the blank line
};

/// The parts of `text`, if it is a post: it begins with a block of `Name: value` lines (a line
/// that begins with a space or tab continues the one before) with a `Subject:` among them, ended
/// by a blank line. Lines end at `\n`; a `\r` before it is tolerated.
std::optional<Post> parse_post(std::string_view text);

/// The lines of `body`, each with its end, without those that quote or announce a quotation: those
/// that begin with `>` or `|`, `In article` or `Quoted from`, or hold `writes:`, `writes in`,
/// `wrote:`, `says:`, `said:`. The rule of scikit-learn's `strip_newsgroup_quoting`.
std::vector<std::string_view> unquoted_lines(std::string_view body);

/// `body`, its ends trimmed, up to the last line that is blank or made of hyphens, where a
/// signature is taken to begin. The rule of scikit-learn's `strip_newsgroup_footer`.
std::string_view strip_footer(std::string_view body);

/// What posts of one thread share: the subject in lower case (ASCII) without leading `re:` and
/// without differences of white space.
std::string thread_of(std::string_view subject);

}  // namespace newsclf
