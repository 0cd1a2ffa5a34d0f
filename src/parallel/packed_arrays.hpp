// SPDX-License-Identifier: MIT
// Arrays in one string of bytes, in the byte order of the machine, for other processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "newsclf/error/error.hpp"

namespace newsclf {

class ArrayPacker {
 public:
  template <typename T>
  void add(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    const std::uint64_t size = values.size_bytes();
    bytes_.append(reinterpret_cast<const char*>(&size), sizeof size);
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }
  template <typename T>
  void add(const std::vector<T>& values) {
    add(std::span<const T>(values));
  }
  void add(std::string_view text) { add(std::span<const char>(text)); }

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Returns the arrays of an `ArrayPacker` in the order in which they were added.
class ArrayUnpacker {
 public:
  /// Borrows `bytes`.
  explicit ArrayUnpacker(std::string_view bytes) : left_(bytes) {}

  /// @throws Error if the bytes end before the array does
  template <typename T>
  std::vector<T> take() {
    const std::string_view bytes = take_view();
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
  }
  /// The bytes of the next array, which are not aligned. @throws Error as `take`
  std::string_view take_view() {
    std::uint64_t size = 0;
    std::memcpy(&size, take_bytes(sizeof size).data(), sizeof size);
    return take_bytes(size);
  }

 private:
  std::string_view take_bytes(std::uint64_t size) {
    if (size > left_.size())
      throw Error("training", "a message of another process ends early",
                  "start the same command in all processes");
    const std::string_view bytes = left_.substr(0, static_cast<std::size_t>(size));
    left_.remove_prefix(bytes.size());
    return bytes;
  }

  std::string_view left_;
};

}  // namespace newsclf
