// SPDX-License-Identifier: MIT
// What a run says beside its results: messages and progress on stderr, results on stdout. Nothing
// else writes escape sequences.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace newsclf {

enum class Style { kHeading, kError, kWarning };
/// `text` in a style, or as it is where `fd` is no terminal that understands escape sequences (TERM
/// is missing or `dumb`) or somebody sets a NO_COLOR that is not empty (no-color.org).
std::string styled(Style style, std::string_view text, int fd);

/// The one door for messages. Everything goes to stderr, a line each, with the control characters
/// of the message escaped.
class Console {
 public:
  bool quiet = false;    ///< `-q`: warnings and errors alone
  bool verbose = false;  ///< `-v`: details too

  void note(std::string_view message) const;     ///< what a person wants to know
  void detail(std::string_view message) const;   ///< what a curious person wants to know
  void warning(std::string_view message) const;  ///< what may be wrong; said even when quiet
  void error(std::string_view message) const;    ///< `newsclf: message`
};

/// What stands beside a bar.
struct BarText {
  std::string what;   ///< is done
  std::string speed;  ///< of it
  std::string left;   ///< time until the end
};

/// @param done share of the work, in [0, 1], that took `elapsed_s` for so many `documents`
BarText bar_text(std::string what, double done, double documents, double elapsed_s);

/// A bar with its text in no more than `width` characters: where they do not fit the speed is left
/// out, then the bar is shortened and left out, and in the end what is done is cut.
/// @param done in [0, 1]
std::string bar_line(double done, const BarText& text, std::size_t width);

/// A bar that is redrawn in place where stderr is a terminal that can; elsewhere it is silent.
class ProgressBar {
 public:
  /// Borrows `console`.
  explicit ProgressBar(const Console& console);
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  bool is_shown() const { return shown_; }
  /// Redraws at most ten times a second, in the width of the terminal. @param done in [0, 1]
  void update(double done, const BarText& text);
  /// The same for `documents` that were, for example, "labelled" since the bar was made.
  void update(double done, std::int64_t documents, std::string_view what);
  /// Takes the bar off the screen.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  bool shown_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now(), last_draw_{};
};

/// Thrown when the reader of stdout is gone: the end of the work, and no error.
struct ClosedPipe {};

/// Thrown when the work is done, and what it found does not meet a threshold that was asked for:
/// exit status 3. `what()` is the line that says so.
struct ThresholdMissed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Thrown for a command line that is wrong before its options are parsed: exit status 2. `what()`
/// is the line that says so.
struct WrongCommandLine : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Writes all of `bytes` to stdout.
/// @throws ClosedPipe, or Error if they cannot be written
void write_stdout(std::string_view bytes);

}  // namespace newsclf
