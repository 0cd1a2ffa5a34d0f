// SPDX-License-Identifier: MIT
// A few threads that share out the pieces of a loop, work aside, and what of the machine there is.
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

/// Threads that wait for loops. Which thread takes which piece is left to chance, so the pieces of
/// a loop must write to different places; then the number of threads changes no result.
///
/// A loop runs on the calling thread alone where the helpers are not free: called from within the
/// body of another loop, while another thread's loop runs, or in a child process after `fork`. A
/// body must not fork and let the child return from it.
class Workers {
 public:
  /// @param threads that work, the calling one included; at least 1. Where the system refuses to
  /// start that many, there are fewer: see `threads`.
  explicit Workers(int threads);
  /// Not before every call of `share` has returned.
  virtual ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// The number of threads that work, the calling one included.
  int threads() const { return static_cast<int>(helpers_.size()) + 1; }

  /// Calls `body(begin, end)` for pieces that cover [0, count), each of `piece` items but the last,
  /// and returns when all are done; on one thread they come in order. What `body` throws ends the
  /// loop and is thrown here; where several pieces throw, that of the first of them. Virtual, so
  /// that a loop of the training library is run by the code that started the threads: each shared
  /// library has its own table of who waits for an atomic.
  virtual void share(std::int64_t count, std::int64_t piece,
                     const std::function<void(std::int64_t, std::int64_t)>& body);

  /// The same item by item: calls `visit(i)` for every i below `count`.
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

  // The loop at hand; written before it is opened, read by those that are in it.
  const std::function<void(std::int64_t, std::int64_t)>* body_ = nullptr;
  std::int64_t count_ = 0;
  std::int64_t piece_ = 1;
  std::atomic<std::int64_t> next_{0};

  std::mutex failure_mutex_;
  std::exception_ptr failure_;  // of the first piece that threw
  std::int64_t failed_at_ = 0;  // where that piece begins

  std::atomic<bool> busy_{false};        // with a loop
  std::atomic<std::uint32_t> round_{0};  // raised for every loop, and once more to stop
  static constexpr std::uint32_t kOpen = 1u << 31;
  std::atomic<std::uint32_t> inside_{0};  // helpers that are in the loop, and whether one may join
  std::atomic<bool> stop_{false};
  const pid_t process_;  // the one that has the helpers
  std::vector<std::thread> helpers_;
};

/// The processors that the affinity mask and the control group's quota (cgroup v2 or v1) leave to
/// this process, at least 1.
int available_threads();

/// Bytes of main memory there are, or as many of them as the control group leaves to its processes.
std::int64_t available_memory();

/// Starts `work` on a thread of its own; where none can be started, or `aside` is false, the first
/// who waits for the result does it.
template <typename Work>
auto run_aside(const Work& work, bool aside = true) {
  try {
    if (aside) return std::async(std::launch::async, work);
  } catch (const std::system_error&) {  // a limit on threads or memory
  }
  return std::async(std::launch::deferred, work);
}

}  // namespace newsclf
