// SPDX-License-Identifier: MIT
// Select Graphic Rendition of ECMA-48: ESC [ codes m, 0 for plain.
#include "cli/style.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace newsclf {
namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

const char* codes(Style style) {
  switch (style) {
    case Style::kHeading:
      return "1";  // bold
    case Style::kError:
      return "1;31";  // bold red
    case Style::kWarning:
      break;
  }
  return "33";  // yellow
}

}  // namespace

bool understands_escapes(int fd) {
  const std::string_view terminal = variable("TERM");
  return ::isatty(fd) != 0 && !terminal.empty() && terminal != "dumb";
}

bool is_coloured(int fd) { return understands_escapes(fd) && variable("NO_COLOR").empty(); }

std::string styled(Style style, std::string_view text, int fd) {
  return is_coloured(fd) ? fmt::format("\x1b[{}m{}\x1b[0m", codes(style), text) : std::string(text);
}

}  // namespace newsclf
