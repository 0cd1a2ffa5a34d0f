// SPDX-License-Identifier: MIT
// Threads in place of the processes of a training.
#pragma once

#include <algorithm>
#include <barrier>
#include <cstddef>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "newsclf/parallel/process_group.hpp"

namespace newsclf::testing {

/// What the members of a group share.
class MeetingPoint {
 public:
  explicit MeetingPoint(int size) : bytes_(static_cast<std::size_t>(size)), barrier_(size) {}

  std::vector<std::string> gather(int rank, std::string_view bytes) {
    bytes_[static_cast<std::size_t>(rank)] = bytes;
    barrier_.arrive_and_wait();
    std::vector<std::string> all = bytes_;
    barrier_.arrive_and_wait();
    return all;
  }

 private:
  std::vector<std::string> bytes_;
  std::barrier<> barrier_;
};

class ThreadGroup : public ProcessGroup {
 public:
  ThreadGroup(MeetingPoint& point, int rank, int size) : point_(point), rank_(rank), size_(size) {}

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::vector<std::string> gather(std::string_view bytes) override {
    return point_.gather(rank_, bytes);
  }
  void add_up(std::span<float> values) override {
    const auto all = gather({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
    std::ranges::fill(values, 0.0f);
    for (const std::string& bytes : all)
      for (std::size_t i = 0; i < values.size(); ++i) {
        float value;
        std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
        values[i] += value;
      }
  }

 private:
  MeetingPoint& point_;
  int rank_, size_;
};

/// Calls `each` for every member of a group of so many. It must not throw, and must not use
/// Catch2's assertions, which are for one thread.
inline void run_processes(int size, const std::function<void(ProcessGroup&)>& each) {
  MeetingPoint point(size);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      ThreadGroup group(point, rank, size);
      each(group);
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace newsclf::testing
