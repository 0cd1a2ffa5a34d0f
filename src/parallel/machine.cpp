// SPDX-License-Identifier: MIT
#include "newsclf/parallel/workers.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>

namespace newsclf {
namespace {

int processors_in_mask() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  return ::sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 1;
}

/// Returns the CPU quota of the control group in processors, a huge number without a quota.
double quota() {
  constexpr double kNone = std::numeric_limits<int>::max();
  double amount_us = 0, period = 0;
  if (std::ifstream v2("/sys/fs/cgroup/cpu.max"); v2.is_open())  // "max 100000": no quota
    return v2 >> amount_us >> period && period > 0 ? amount_us / period : kNone;
  std::ifstream v1_amount("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream v1_period("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (v1_amount >> amount_us && v1_period >> period && amount_us > 0 && period > 0)
    return amount_us / period;
  return kNone;
}

}  // namespace

int available_threads() {
  static const int allowed = static_cast<int>(std::ceil(quota()));
  const char* const processes = std::getenv("LOCAL_WORLD_SIZE");
  const int sharing = processes == nullptr ? 1 : std::max(1, std::atoi(processes));
  return std::max(1, std::min(processors_in_mask(), allowed) / sharing);
}

std::int64_t available_memory() {
  std::int64_t least = static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) *
                       static_cast<std::int64_t>(::sysconf(_SC_PAGESIZE));
  for (const char* const file :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::int64_t limit = 0;  // "max" means no limit
    if (std::ifstream stream(file); stream >> limit && limit > 0) least = std::min(least, limit);
  }
  return least;
}

}  // namespace newsclf
