// SPDX-License-Identifier: MIT
// A stream of the bytes of a string.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "newsclf/io/byte_source.hpp"

namespace newsclf::testing {

/// A source of the bytes of a string, at most `step` per read; its name in messages is "data".
class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string_view bytes, std::size_t step = std::string_view::npos)
      : bytes_(bytes), step_(step) {}

  std::size_t read(char* out, std::size_t size) override {
    const std::size_t n = std::min({size, step_, bytes_.size() - used_});
    bytes_.copy(out, n, used_);
    used_ += n;
    return n;
  }
  std::int64_t consumed() const override { return static_cast<std::int64_t>(used_); }
  const std::string& name() const override { return name_; }

 private:
  std::string bytes_;
  std::size_t step_;
  std::size_t used_ = 0;
  std::string name_ = "data";
};

}  // namespace newsclf::testing
