// SPDX-License-Identifier: MIT
#include "newsclf/parallel/workers.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>
#include <tuple>

#include "support/support.hpp"

using namespace newsclf;

namespace {

/// Returns whether a loop of `count` items visits each of them once.
bool visits_all(Workers& workers, std::size_t count, std::int64_t piece) {
  std::vector<int> times(count, 0);
  workers.for_each(count, piece, [&](std::size_t i) { ++times[i]; });
  return std::ranges::count(times, 1) == static_cast<std::ptrdiff_t>(count);
}

/// Returns whether `work` returns true in a child process within 20 s.
template <typename Work>
bool holds_in_child(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    try {
      ::_exit(work() ? 0 : 1);
    } catch (...) {
      ::_exit(2);
    }
  }
  int status = -1;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

TEST_CASE("every item of a loop is processed once for any piece size and number of threads") {
  for (const int threads : {1, 2, 5}) {
    Workers workers(threads);
    CHECK(workers.threads() == threads);
    for (const std::int64_t count : {0, 1, 7, 1000}) {
      for (const std::int64_t piece : {1, 3, 1000}) {
        CHECK(visits_all(workers, static_cast<std::size_t>(count), piece));
      }
    }
  }
}

TEST_CASE("many short loops in a row all finish") {
  Workers workers(4);
  std::atomic<std::int64_t> sum = 0;
  for (int round = 0; round < 20000; ++round)
    workers.share(8, 1, [&](std::int64_t begin, std::int64_t) { sum += begin; });
  CHECK(sum == 20000 * 28);
}

TEST_CASE("the exception of the first piece that throws ends the loop") {
  for (const int threads : {1, 4}) {
    Workers workers(threads);
    for (int round = 0; round < 200; ++round) {
      try {
        workers.share(100, 1, [](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i)
            if (i % 10 == 3) throw i;
        });
        FAIL("no exception was thrown");
      } catch (const std::int64_t piece) {
        CHECK(piece == 3);
      }
    }
    std::atomic<int> done = 0;
    workers.share(100, 1, [&](std::int64_t begin, std::int64_t end) {
      done += static_cast<int>(end - begin);
    });
    CHECK(done == 100);
  }
}

TEST_CASE("no piece is larger than requested, and a single thread processes them in order") {
  for (const int threads : {1, 3}) {
    Workers workers(threads);
    for (const std::int64_t piece : {1, 3, 10, 11}) {
      std::mutex mutex;
      std::vector<std::pair<std::int64_t, std::int64_t>> pieces;
      workers.share(10, piece, [&](std::int64_t begin, std::int64_t end) {
        const std::lock_guard lock(mutex);
        pieces.emplace_back(begin, end);
      });
      if (threads > 1) std::ranges::sort(pieces);
      std::vector<std::pair<std::int64_t, std::int64_t>> expected;
      for (std::int64_t begin = 0; begin < 10; begin += piece)
        expected.emplace_back(begin, std::min<std::int64_t>(begin + piece, 10));
      CHECK(pieces == expected);
    }
  }
}

TEST_CASE("nested loops run, even if they use other workers") {
  Workers workers(3), others(3);
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> complete = 0;
    workers.share(6, 1, [&](std::int64_t, std::int64_t) {
      others.share(4, 1, [&](std::int64_t, std::int64_t) {
        complete += visits_all(workers, 50, 3) && visits_all(others, 50, 3);
      });
    });
    CHECK(complete == 24);
  }
}

TEST_CASE("while one thread's loop uses the workers, another thread runs its loop without them") {
  Workers workers(3);
  std::atomic<bool> started = false, done = false;
  std::atomic<int> visited = 0;
  std::thread first([&] {
    workers.share(1000, 1, [&](std::int64_t, std::int64_t) {
      ++visited;
      started = true;
      started.notify_all();
      done.wait(false);
    });
  });
  started.wait(false);
  CHECK(visits_all(workers, 50, 3));
  done = true;
  done.notify_all();
  first.join();
  CHECK(visited == 1000);
}

TEST_CASE("an exception in one of two concurrent loops reaches only its caller") {
  Workers workers(3);
  std::atomic<int> caught = 0;
  std::thread thrower([&] {
    for (int round = 0; round < 2000; ++round) {
      try {
        workers.share(9, 1, [](std::int64_t, std::int64_t) { throw 1; });
      } catch (int) {
        ++caught;
      }
    }
  });
  int complete = 0;
  for (int round = 0; round < 2000; ++round) complete += visits_all(workers, 50, 3);
  thrower.join();
  CHECK(caught == 2000);
  CHECK(complete == 2000);
}

TEST_CASE("after a fork the child's loops run on its only thread, and workers can be destroyed") {
  Workers workers(4);
  std::optional<Workers> forgotten(4);
  for (int round = 0; round < 20; ++round) {
    CHECK(visits_all(workers, 100, 3));
    CHECK(holds_in_child([&] {
      forgotten.reset();
      const auto self = std::this_thread::get_id();
      bool alone = true;
      workers.share(100, 3, [&](std::int64_t, std::int64_t) {
        alone = alone && std::this_thread::get_id() == self;
      });
      return alone && visits_all(workers, 100, 3) && visits_all(forgotten.emplace(1), 100, 3);
    }));
  }
  CHECK(visits_all(workers, 100, 3));
}

// Sanitizers map extra memory for each thread and abort the program if that fails.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("if some threads cannot be started, the others do the work") {
  // Leaves room for the stacks of no thread or of three and a half threads.
  constexpr std::size_t kStack = 64 << 20;
  for (const auto& [room, least, most] :
       {std::tuple{kStack / 2, 1, 1}, std::tuple{kStack * 7 / 2, 2, 4}}) {
    CHECK(holds_in_child([&, least = least, most = most, room = room] {
      pthread_attr_t attributes;
      ::pthread_attr_init(&attributes);
      ::pthread_attr_setstacksize(&attributes, kStack);
      ::pthread_setattr_default_np(&attributes);
      std::size_t pages = 0;
      std::ifstream("/proc/self/statm") >> pages;
      const rlim_t bytes = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + room;
      const rlimit limit = {bytes, bytes};
      if (::setrlimit(RLIMIT_AS, &limit) != 0) return false;
      Workers workers(8);
      return workers.threads() >= least && workers.threads() <= most &&
             visits_all(workers, 1000, 3);
    }));
  }
}
#endif
