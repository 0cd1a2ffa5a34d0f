// SPDX-License-Identifier: MIT
// Takes the steps of several learners side by side: a learner's steps keep their order, but
// different learners need not wait for each other, so that the threads always have work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// What is prepared for a step is overwritten by the step that comes so many steps later.
inline constexpr std::int64_t kStepsInFlight = 4;

/// Steps count from 0.
struct SteppedWork {
  std::int64_t first = 0;  ///< the first step
  std::int64_t steps = 0;  ///< one past the last step
  std::size_t learners = 1;
  /// Prepares a step for all learners. Called in the order of steps, as soon as all learners have
  /// taken step `step - kStepsInFlight`; by one thread at a time.
  std::function<void(std::int64_t step)> prepare;
  /// Takes a prepared step. Called for each learner in the order of steps; by one thread at a time
  /// for the same learner, but by several for different ones.
  std::function<void(std::size_t learner, std::int64_t step)> take;
  /// Called on the calling thread, in the order of steps, after all learners have taken `step`.
  std::function<void(std::int64_t step)> taken;
};

/// Does `work` with the threads of `workers`. A free thread continues with the learner that is
/// furthest behind; any number of threads makes the same calls for a learner in the same order.
/// An exception from a call ends the work and is rethrown.
void take_side_by_side(const SteppedWork& work, Workers& workers);

}  // namespace newsclf
