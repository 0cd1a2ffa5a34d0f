// SPDX-License-Identifier: MIT
#include "training/side_by_side.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "training/support.hpp"

using namespace newsclf;

namespace {

/// What happened, in order, as one list per learner and one of preparations.
struct Log {
  std::mutex mutex;
  std::vector<std::vector<std::int64_t>> taken_by;
  std::vector<std::int64_t> prepared, reported;
  bool in_order = true;  ///< each step was prepared before it was taken, and not too early

  explicit Log(std::size_t learners) : taken_by(learners) {}

  SteppedWork work(std::int64_t steps) {
    return {.steps = steps,
            .learners = taken_by.size(),
            .prepare =
                [this](std::int64_t step) {
                  const std::lock_guard lock(mutex);
                  prepared.push_back(step);
                  for (const auto& taken : taken_by)
                    in_order = in_order && std::ssize(taken) > step - kStepsInFlight;
                },
            .take =
                [this](std::size_t learner, std::int64_t step) {
                  const std::lock_guard lock(mutex);
                  in_order = in_order && std::ssize(prepared) > step;
                  taken_by[learner].push_back(step);
                },
            .taken =
                [this, caller = std::this_thread::get_id()](std::int64_t step) {
                  const std::lock_guard lock(mutex);
                  for (const auto& taken : taken_by)
                    in_order = in_order && std::ssize(taken) > step;
                  in_order = in_order && std::this_thread::get_id() == caller;
                  reported.push_back(step);
                }};
  }
};

}  // namespace

TEST_CASE("every learner takes every step in order, and each step is prepared and reported once") {
  std::vector<std::int64_t> all(50);
  for (std::size_t s = 0; s < all.size(); ++s) all[s] = static_cast<std::int64_t>(s);
  for (const int threads : {1, 2, 3, 6})
    for (const std::size_t learners : {1u, 2u, 4u}) {
      INFO(threads << " threads, " << learners << " learners");
      Workers workers(threads);
      Log log(learners);
      take_side_by_side(log.work(50), workers);
      CHECK(log.in_order);
      CHECK(log.prepared == all);
      CHECK(log.reported == all);
      for (const auto& taken : log.taken_by) CHECK(taken == all);
    }
}

TEST_CASE("without steps nothing is called") {
  Workers workers(2);
  Log log(3);
  take_side_by_side(log.work(0), workers);
  CHECK(log.prepared.empty());
  CHECK(log.reported.empty());
}

TEST_CASE("two learners take their steps at the same time") {
  Workers workers(2);
  if (workers.threads() < 2) return;
  std::atomic<int> running = 0;
  std::atomic<bool> met = false;
  const auto nothing = [](std::int64_t) {};
  const auto meet = [&](std::size_t, std::int64_t) {
    ++running;
    // The other learner comes within this time unless it waits for this one.
    for (int i = 0; i < 5000 && running < 2; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (running == 2) met = true;
  };
  take_side_by_side({.steps = 1, .learners = 2, .prepare = nothing, .take = meet, .taken = nothing},
                    workers);
  CHECK(met);
}

TEST_CASE("an exception from any call ends the work and is rethrown") {
  for (const int threads : {1, 2})
    for (const std::string failing : {"prepare", "take", "taken"}) {
      INFO(failing << ", " << threads << " threads");
      Workers workers(threads);
      Log log(2);
      SteppedWork work = log.work(1000);
      const auto fail_at = [&](const char* name, std::int64_t step) {
        if (failing == name && step == 5) throw std::runtime_error(name);
      };
      work.prepare = [&, then = work.prepare](std::int64_t step) {
        fail_at("prepare", step);
        then(step);
      };
      work.take = [&, then = work.take](std::size_t learner, std::int64_t step) {
        fail_at("take", step);
        then(learner, step);
      };
      work.taken = [&, then = work.taken](std::int64_t step) {
        fail_at("taken", step);
        then(step);
      };
      CHECK_THROWS_WITH(take_side_by_side(work, workers), failing);
      for (const auto& taken : log.taken_by) CHECK(taken.size() < 5 + 2 * kStepsInFlight);
    }
}
