// SPDX-License-Identifier: MIT
// What signals do to the program.
#pragma once

namespace newsclf {

/// From now on SIGINT, SIGTERM and SIGHUP remove the temporary files of outputs, print one line to
/// stderr and end the process with exit status 128 + the number of the signal (130, 143, 129); a
/// second one ends it at once. Those that the parent ignores, as nohup does, stay ignored. SIGPIPE
/// and SIGXFSZ are ignored, so that the write that caused them fails. An allocation that fails
/// where nothing can catch it ends the process with a line and exit status 1, as does a mapped file
/// that was cut or whose disk fails (SIGBUS).
void handle_signals();

/// While one waits, the first of these signals only prints its line: the program has something to
/// write first. A second one ends the process at once.
class SignalsWait {
 public:
  SignalsWait() = default;
  SignalsWait(const SignalsWait&) = delete;
  SignalsWait& operator=(const SignalsWait&) = delete;
  ~SignalsWait() { end(); }

  /// From now on, signals wait.
  void begin();
  /// Signals no longer wait; one that came meanwhile ends the process.
  void end();
  /// Whether one came.
  static bool arrived();
};

}  // namespace newsclf
