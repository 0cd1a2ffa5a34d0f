// SPDX-License-Identifier: MIT
#include "cli/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "cli/style.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

void write_line(std::string_view message) {
  // One call a line, so that lines of several processes do not mix.
  const std::string line = std::string(message) + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void Console::note(std::string_view message) const {
  if (!quiet) write_line(message);
}

void Console::detail(std::string_view message) const {
  if (verbose && !quiet) write_line(message);
}

void Console::warning(std::string_view message) const {
  write_line(styled(Style::kWarning, "newsclf: warning:", STDERR_FILENO) + ' ' +
             std::string(message));
}

void Console::error(std::string_view message) const {
  write_line(styled(Style::kError, "newsclf:", STDERR_FILENO) + ' ' + std::string(message));
}

ProgressBar::ProgressBar(const Console& console)
    : shown_(!console.quiet && understands_escapes(STDERR_FILENO)) {}

void ProgressBar::update(double done, std::string_view text) {
  using std::chrono::steady_clock;
  if (!shown_) return;
  const auto now = steady_clock::now();
  if (drawn_ && now - last_draw_ < std::chrono::milliseconds(100)) return;
  last_draw_ = now;
  drawn_ = true;
  constexpr int kWidth = 24;
  const int filled = static_cast<int>(std::lround(std::clamp(done, 0.0, 1.0) * kWidth));
  std::string line = fmt::format("[{:#<{}}{:.<{}}] {}", "", filled, "", kWidth - filled, text);
  // A line that wraps could not be taken back.
  winsize window{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1;
  line.resize(std::min<std::size_t>(line.size(), known ? window.ws_col - 1u : 79u));
  // \r goes to the line's start, ESC [K erases what was longer.
  fmt::print(stderr, "\r{}\x1b[K", line);
  std::fflush(stderr);
}

void ProgressBar::clear() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
  drawn_ = false;
}

void write_stdout(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EPIPE) throw ClosedPipe();
    throw Error("standard output", std::string("cannot write: ") + std::strerror(errno));
  }
}

}  // namespace newsclf
