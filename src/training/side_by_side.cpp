// SPDX-License-Identifier: MIT
#include "training/side_by_side.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace newsclf {
namespace {

class SideBySide {
 public:
  explicit SideBySide(const SteppedWork& work)
      : work_(work),
        learners_(work.learners, {work.first}),
        preparation_{work.first},
        reported_(work.first) {}

  /// Works until no step is left. Called by each thread.
  void work_on() {
    std::unique_lock lock(mutex_);
    while (!failed_ && all_taken() < work_.steps) {
      if (Sequence* const next = choose())
        advance(*next, lock);
      else
        changed_.wait(lock);
      if (std::this_thread::get_id() == caller_) report(lock);
    }
  }

  /// Reports the steps that all learners have taken since the last report. Called by the calling
  /// thread only.
  void report() {
    std::unique_lock lock(mutex_);
    report(lock);
  }

 private:
  /// Calls that are made one after the other.
  struct Sequence {
    std::int64_t done;  // one past the last step that was done
    bool is_running = false;
  };

  /// One past the last step that all learners have taken.
  std::int64_t all_taken() const { return std::ranges::min(learners_, {}, &Sequence::done).done; }

  /// The sequence that a free thread continues, or null if it must wait.
  Sequence* choose() {
    constexpr std::int64_t kPreparedAhead = 2;
    const std::int64_t ahead = preparation_.done - all_taken();
    const bool can_prepare =
        !preparation_.is_running && preparation_.done < work_.steps && ahead < kStepsInFlight;
    if (can_prepare && ahead < kPreparedAhead) return &preparation_;
    Sequence* last = nullptr;
    for (Sequence& learner : learners_)
      if (!learner.is_running && learner.done < preparation_.done &&
          (last == nullptr || learner.done < last->done))
        last = &learner;
    return last == nullptr && can_prepare ? &preparation_ : last;
  }

  void advance(Sequence& sequence, std::unique_lock<std::mutex>& lock) {
    sequence.is_running = true;
    call_unlocked(lock, [&] {
      if (&sequence == &preparation_)
        work_.prepare(sequence.done);
      else
        work_.take(static_cast<std::size_t>(&sequence - learners_.data()), sequence.done);
    });
    sequence.is_running = false;
    ++sequence.done;
    changed_.notify_all();
  }

  /// Calls `call` without the lock; an exception ends the work of all threads.
  template <typename Call>
  void call_unlocked(std::unique_lock<std::mutex>& lock, const Call& call) {
    lock.unlock();
    try {
      call();
    } catch (...) {
      lock.lock();
      failed_ = true;
      changed_.notify_all();
      throw;
    }
    lock.lock();
  }

  void report(std::unique_lock<std::mutex>& lock) {
    for (; reported_ < all_taken(); ++reported_)
      call_unlocked(lock, [&] { work_.taken(reported_); });
  }

  const SteppedWork& work_;
  const std::thread::id caller_ = std::this_thread::get_id();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Sequence> learners_;
  Sequence preparation_;
  std::int64_t reported_;
  bool failed_ = false;
};

}  // namespace

void take_side_by_side(const SteppedWork& work, Workers& workers) {
  SideBySide steps(work);
  const auto useful = static_cast<std::int64_t>(work.learners) + 1;  // one prepares
  workers.share(std::min<std::int64_t>(workers.threads(), useful), 1,
                [&](std::int64_t, std::int64_t) { steps.work_on(); });
  steps.report();
}

}  // namespace newsclf
