// SPDX-License-Identifier: MIT
#include "cli/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "io/descriptor.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {
namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

bool understands_escapes(int fd) {
  const std::string_view terminal = variable("TERM");
  return ::isatty(fd) != 0 && !terminal.empty() && terminal != "dumb";
}

void write_line(std::string_view message, const std::string& beginning = {}) {
  // One call per line, so that lines of several processes do not mix.
  write_all(STDERR_FILENO, beginning + Error::escape_controls(message) + '\n');
}

}  // namespace

std::string styled(Style style, std::string_view text, int fd) {
  if (!understands_escapes(fd) || !variable("NO_COLOR").empty()) return std::string(text);
  // Select Graphic Rendition of ECMA-48: ESC [ codes m, 0 for plain.
  constexpr const char* kCodes[] = {"1", "1;31", "33"};  // bold, bold red, yellow
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<std::size_t>(style)], text);
}

void Console::note(std::string_view message) const {
  if (!quiet) write_line(message);
}

void Console::detail(std::string_view message) const {
  if (verbose && !quiet) write_line(message);
}

void Console::warning(std::string_view message) const {
  if (only_errors) return;
  write_line(message, styled(Style::kWarning, "newsclf: warning:", STDERR_FILENO) + ' ');
}

void Console::error(std::string_view message) const {
  write_line(message, styled(Style::kError, "newsclf:", STDERR_FILENO) + ' ');
}

BarText bar_text(std::string what, double done, double documents, double elapsed_s) {
  const double rate = documents / std::max(elapsed_s, 1e-9);
  const double left = elapsed_s * (1 - done) / std::max(done, 1e-9);
  return {std::move(what), fmt::format("{} documents/s", with_commas(std::llround(rate))),
          duration(left) + " left"};
}

std::string bar_line(double done, const BarText& text, std::size_t width) {
  constexpr std::size_t kLongest = 24, kShortest = 5, kAround = 3;  // brackets and a space
  const std::string left = "  " + text.left;
  std::string what = Error::escape_controls(text.what);
  if (kAround + kLongest + what.size() + 2 + text.speed.size() + left.size() <= width)
    what += "  " + text.speed;
  const std::size_t words = what.size() + left.size();
  if (words + kAround + kShortest > width) {
    what.resize(std::min(what.size(), width - std::min(width, left.size())));
    return (what + left).substr(0, width);
  }
  const std::size_t length = std::min(kLongest, width - words - kAround);
  const auto filled = static_cast<std::size_t>(
      std::lround(std::clamp(done, 0.0, 1.0) * static_cast<double>(length)));
  return fmt::format("[{:#<{}}{:.<{}}] {}{}", "", filled, "", length - filled, what, left);
}

ProgressBar::ProgressBar(const Console& console)
    : shown_(!console.quiet && understands_escapes(STDERR_FILENO)) {}

void ProgressBar::update(double done, const BarText& text) {
  if (!shown_) return;
  const auto now = Clock::now();
  if (drawn_ && now - last_draw_ < std::chrono::milliseconds(100)) return;
  last_draw_ = now;
  drawn_ = true;
  // A line that wraps cannot be redrawn in place.
  winsize window{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1;
  const std::string line = bar_line(done, text, known ? window.ws_col - 1u : 79u);
  // \r returns to the start of the line; ESC [K erases the rest of a longer line.
  write_all(STDERR_FILENO, fmt::format("\r{}\x1b[K", line));
}

void ProgressBar::update(double done, std::int64_t documents, std::string_view what) {
  if (!shown_) return;
  const std::chrono::duration<double> elapsed = Clock::now() - start_;
  update(done, bar_text(fmt::format("{} {}", counted(documents, "document"), what), done,
                        static_cast<double>(documents), elapsed.count()));
}

void ProgressBar::clear() {
  if (drawn_) write_all(STDERR_FILENO, "\r\x1b[K");
  drawn_ = false;
}

void write_page(std::string_view bytes) {
  const int error = write_all(STDOUT_FILENO, bytes);
  if (error == EPIPE) throw ClosedPipe();
  if (error != 0)
    throw Error("standard output", std::string("cannot write: ") + std::strerror(error));
}

void write_stdout(std::string_view bytes) {
  static const bool is_terminal = ::isatty(STDOUT_FILENO) != 0;
  if (is_terminal)
    write_page(Error::escape_controls(bytes, "\n\t"));
  else
    write_page(bytes);
}

}  // namespace newsclf
