// SPDX-License-Identifier: MIT
#include "io/read_ahead.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace newsclf {

void read_ahead(std::span<const std::byte> bytes) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t before = reinterpret_cast<std::uintptr_t>(bytes.data()) % page;
  // A failure costs time only: the pages are read when they are used.
  ::madvise(const_cast<std::byte*>(bytes.data()) - before, bytes.size() + before, MADV_WILLNEED);
}

}  // namespace newsclf
