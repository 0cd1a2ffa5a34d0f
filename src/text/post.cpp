// SPDX-License-Identifier: MIT
#include "newsclf/text/post.hpp"

#include <algorithm>

#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

/// Removes the first line from `rest` and returns it without its line end.
std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// @param word in lower case
bool starts_with_ignoring_case(std::string_view s, std::string_view word) {
  return std::ranges::equal(s.substr(0, word.size()), word, {}, ascii_lower);
}

/// Returns the length of `Name` in a `Name: value` line, 0 for any other line.
std::size_t header_name_length(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return 0;
  const bool printable =
      std::ranges::all_of(line.substr(0, colon), [](char c) { return c > ' ' && c < 0x7F; });
  return printable ? colon : 0;
}

bool quotes(std::string_view line) {
  for (const std::string_view begin : {">", "|", "In article", "Quoted from"})
    if (line.starts_with(begin)) return true;
  for (const std::string_view part : {"writes in", "writes:", "wrote:", "says:", "said:"})
    if (line.find(part) != std::string_view::npos) return true;
  return false;
}

}  // namespace

std::optional<Post> parse_post(std::string_view text) {
  std::string_view rest = text;
  std::string_view subject;
  bool has_subject = false;
  bool in_subject = false;
  while (!rest.empty()) {
    const std::string_view line = next_line(rest);
    if (line.empty()) {
      if (!has_subject) return std::nullopt;
      const auto header_size = static_cast<std::size_t>(line.data() - text.data());
      return Post{text.substr(0, header_size), trimmed(subject), rest};
    }
    const bool continues = (line[0] == ' ' || line[0] == '\t') && line.data() != text.data();
    if (continues) {
      if (in_subject)
        subject = {subject.data(),
                   static_cast<std::size_t>(line.data() + line.size() - subject.data())};
      continue;
    }
    const std::size_t name = header_name_length(line);
    if (name == 0) return std::nullopt;
    in_subject = !has_subject && starts_with_ignoring_case(line, "subject:");
    if (in_subject) {
      has_subject = true;
      subject = line.substr(name + 1);
    }
  }
  return std::nullopt;
}

std::vector<std::string_view> unquoted_lines(std::string_view body) {
  std::vector<std::string_view> lines;
  while (!body.empty()) {
    const std::string_view before = body;
    if (!quotes(next_line(body))) lines.push_back(before.substr(0, before.size() - body.size()));
  }
  return lines;
}

std::string_view strip_footer(std::string_view body) {
  const std::string_view text = trimmed(body);
  for (std::size_t end = text.size(); end > 0;) {
    const std::size_t newline = text.rfind('\n', end - 1);
    if (newline == std::string_view::npos) break;  // a signature never begins on the first line
    const std::string_view line = trimmed(text.substr(newline + 1, end - newline - 1));
    if (line.find_first_not_of('-') == std::string_view::npos) return text.substr(0, newline);
    end = newline;
  }
  return text;
}

std::string thread_of(std::string_view subject) {
  subject = trimmed(subject);
  while (starts_with_ignoring_case(subject, "re:")) subject = trimmed(subject.substr(3));
  std::string thread;
  for (const char c : subject) {
    if (kWhitespace.find(c) == std::string_view::npos)
      thread.push_back(ascii_lower(c));
    else if (!thread.ends_with(' '))
      thread.push_back(' ');
  }
  return thread;
}

}  // namespace newsclf
