// SPDX-License-Identifier: MIT
// What a run says beside its results: messages and progress on stderr, results on stdout.
#pragma once

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace newsclf {

/// The one door for messages. Everything goes to stderr, a line each, with the control characters
/// of the message escaped.
class Console {
 public:
  bool quiet = false;    ///< `-q`: warnings and errors alone
  bool verbose = false;  ///< `-v`: details too

  void note(std::string_view message) const;     ///< what a person wants to know
  void detail(std::string_view message) const;   ///< what a curious person wants to know
  void warning(std::string_view message) const;  ///< what may be wrong; said even when quiet
  /// `newsclf: message`
  void error(std::string_view message) const;
};

/// What stands beside a bar.
struct BarText {
  std::string what;   ///< is done
  std::string speed;  ///< of it
  std::string left;   ///< time until the end
};

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
  /// Takes the bar off the screen.
  void clear();

 private:
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_draw_{};
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
