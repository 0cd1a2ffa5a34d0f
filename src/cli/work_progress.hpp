// SPDX-License-Identifier: MIT
// How far a long run over documents is.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/console.hpp"

namespace newsclf {

/// A bar with documents, documents a second and the time that is left, on a terminal alone.
class WorkProgress {
 public:
  /// Borrows `console`. @param what is done with the documents, for example "labelled"
  WorkProgress(const Console& console, std::string what);

  /// @param done share of the work, in [0, 1] @param documents done
  void update(double done, std::int64_t documents);
  /// Takes the bar off the screen.
  void end() { bar_.clear(); }

 private:
  ProgressBar bar_;
  std::string what_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace newsclf
