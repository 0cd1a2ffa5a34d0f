// SPDX-License-Identifier: MIT
// What signals do to the program.
#pragma once

namespace newsclf {

/// From now on SIGINT, SIGTERM and SIGHUP remove the temporary files of outputs, print one line to
/// stderr and end the process with exit status 128 + the number of the signal (130, 143, 129); a
/// second one ends it at once. Those that the parent ignores, as nohup does, stay ignored. SIGPIPE
/// and SIGXFSZ are ignored, so that the write that caused them fails. An allocation that fails
/// where nothing can catch it ends the process with a line and exit status 1.
void handle_signals();

}  // namespace newsclf
