// SPDX-License-Identifier: MIT
#include "io/read_ahead.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace newsclf {

namespace {

/// A failure costs time only: the pages are read when they are used.
void advise(std::span<const std::byte> bytes, int advice) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t before = reinterpret_cast<std::uintptr_t>(bytes.data()) % page;
  ::madvise(const_cast<std::byte*>(bytes.data()) - before, bytes.size() + before, advice);
}

}  // namespace

void expect_reads(std::span<const std::byte> bytes, ReadOrder order) {
  advise(bytes, order == ReadOrder::kRandom ? MADV_RANDOM : MADV_NORMAL);
}

void read_ahead(std::span<const std::byte> bytes) { advise(bytes, MADV_WILLNEED); }

}  // namespace newsclf
