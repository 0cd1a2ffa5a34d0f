// SPDX-License-Identifier: MIT
// A thread pool for loops, background tasks, and the processors and memory that are available.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace newsclf {

/// A thread pool for loops. Which thread runs which piece of a loop is not deterministic, so pieces
/// must write to different places; then the number of threads does not change the result.
///
/// The calling thread runs the whole loop itself if the helper threads are not available: inside
/// the body of another loop, while another thread runs a loop, or in a child process after `fork`.
/// A body must not fork and return in the child.
class Workers {
 public:
  /// @param threads number of threads including the calling one, at least 1. If the system cannot
  /// start that many, there are fewer: see `threads()`.
  explicit Workers(int threads);
  /// Call only after every call of `share` has returned.
  virtual ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Number of threads, including the calling one.
  int threads() const { return static_cast<int>(helpers_.size()) + 1; }

  /// Calls `body(begin, end)` for pieces that cover [0, count), each of `piece` items except the
  /// last one, and returns when all are done; a single thread runs them in order. An exception from
  /// `body` ends the loop and is rethrown here; if several pieces throw, the first piece wins.
  /// Virtual, so that loops of the training library run in the library that started the threads:
  /// each shared library has its own table of waiters on atomics.
  virtual void share(std::int64_t count, std::int64_t piece,
                     const std::function<void(std::int64_t, std::int64_t)>& body);

  /// Calls `visit(i)` for every i below `count`, in pieces of `piece` items.
  template <typename Visit>
  void for_each(std::size_t count, std::int64_t piece, const Visit& visit) {
    share(static_cast<std::int64_t>(count), piece, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) visit(static_cast<std::size_t>(i));
    });
  }

 private:
  void help();
  void take_pieces();
  bool is_forked() const;

  // The current loop; written before the loop is opened, read by the threads in it.
  const std::function<void(std::int64_t, std::int64_t)>* body_ = nullptr;
  std::int64_t count_ = 0;
  std::int64_t piece_ = 1;
  std::atomic<std::int64_t> next_{0};

  std::mutex failure_mutex_;
  std::exception_ptr failure_;  // from the first piece that threw
  std::int64_t failed_at_ = 0;  // where that piece begins

  std::atomic<bool> busy_{false};        // whether a loop is running
  std::atomic<std::uint32_t> round_{0};  // incremented for every loop, and once more to stop
  static constexpr std::uint32_t kOpen = 1u << 31;
  std::atomic<std::uint32_t> inside_{0};  // helpers in the loop, and whether more may join
  std::atomic<bool> stop_{false};
  const pid_t process_;  // the process that started the helpers
  std::vector<std::thread> helpers_;
};

/// Number of processors that the affinity mask and the quota of the control group (cgroup v2 or v1)
/// allow this process to use, divided by LOCAL_WORLD_SIZE, the number of processes that `torchrun`
/// starts on a machine; at least 1.
int available_threads();

/// Bytes of main memory, or the memory limit of the control group if it is lower.
std::int64_t available_memory();

/// Runs `work` on a new thread. If no thread can be started, or `aside` is false, the first call
/// that waits for the result runs it.
template <typename Work>
auto run_aside(const Work& work, bool aside = true) {
  try {
    if (aside) return std::async(std::launch::async, work);
  } catch (const std::system_error&) {  // thread or memory limit reached
  }
  return std::async(std::launch::deferred, work);
}

}  // namespace newsclf
