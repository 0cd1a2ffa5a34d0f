// SPDX-License-Identifier: MIT
// Writes messages and progress to stderr, and results to stdout. No other code writes escape
// sequences.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace newsclf {

enum class Style { kHeading, kError, kWarning };
/// `text` in a style; unchanged if `fd` is not a terminal that understands escape sequences (TERM
/// is unset or `dumb`) or if NO_COLOR is set and not empty (no-color.org).
std::string styled(Style style, std::string_view text, int fd);

/// Writes all messages: to stderr, one line per message, with control characters escaped.
class Console {
 public:
  bool quiet = false;        ///< `-q`: only warnings and errors
  bool verbose = false;      ///< `-v`: also details
  bool only_errors = false;  ///< of several processes with one task, one shows the rest

  void note(std::string_view message) const;     ///< not shown if `quiet`
  void detail(std::string_view message) const;   ///< shown only if `verbose` and not `quiet`
  void warning(std::string_view message) const;  ///< `newsclf: warning: message`, even if `quiet`
  void error(std::string_view message) const;    ///< `newsclf: message`, even if `quiet`
};

/// The text beside a bar.
struct BarText {
  std::string what;   ///< what is done: "epoch 3/8  loss 0.1234"
  std::string speed;  ///< "12,345 documents/s"
  std::string left;   ///< remaining time: "0:42 left"
};

/// @param done share of the work, in [0, 1]: `documents` were processed in `elapsed_s`
BarText bar_text(std::string what, double done, double documents, double elapsed_s);

/// A bar with its text in at most `width` characters. If they do not fit, the speed is left out,
/// then the bar is shortened and left out, and finally `what` is cut.
/// @param done in [0, 1]
std::string bar_line(double done, const BarText& text, std::size_t width);

/// A bar that is redrawn in place if stderr is a terminal that understands escape sequences;
/// otherwise nothing is shown.
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
  /// The same for `documents` that were processed, for example "labelled", since the bar was made.
  void update(double done, std::int64_t documents, std::string_view what);
  /// Erases the bar.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  bool shown_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now(), last_draw_{};
};

/// Thrown when the reader of stdout has closed it: the run ends with exit status 0.
struct ClosedPipe {};

/// Thrown after a complete run whose result does not meet a requested threshold: exit status 3.
/// `what()` is the message.
struct ThresholdMissed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Thrown for an invalid command line or configuration file that CLI11 does not detect: exit
/// status 2. `what()` is the message.
struct WrongCommandLine : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Writes all of `bytes` to stdout as they are.
/// @throws ClosedPipe, or Error if they cannot be written
void write_page(std::string_view bytes);
/// The same for what depends on data or models: a terminal gets control characters other than line
/// breaks and tabs as \xNN.
void write_stdout(std::string_view bytes);

}  // namespace newsclf
