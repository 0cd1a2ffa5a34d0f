// SPDX-License-Identifier: MIT
// LibTorch's errors as errors of newsclf, at the entry points of the training library.
#pragma once

#include <c10/util/Exception.h>

#include <algorithm>
#include <new>
#include <string>
#include <string_view>

#include "newsclf/error/error.hpp"

namespace newsclf {

/// Throws what `error` means, in one line without stack frames: `Error` with `kNoDeviceMemory`
/// where a CUDA device has too little memory, `std::bad_alloc` where the machine has, else `Error`.
[[noreturn]] inline void throw_translated(const c10::Error& error) {
  std::string message = error.what_without_backtrace();
  message.resize(std::min(message.size(), message.find('\n')));
  const auto says = [&](const char* words) { return message.find(words) != std::string::npos; };
  // The caching allocator has a type of its own for it; the CUDA runtime, which allocates the
  // context and pinned memory, and cuBLAS report it as an error like any other.
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
      says("CUDA error: out of memory") || says("CUBLAS_STATUS_ALLOC_FAILED")) {
    std::string problem = "out of memory";
    const std::string_view words = "Tried to allocate ";  // 13.41 GiB. GPU 0 has …
    if (const std::size_t at = message.find(words); at != std::string::npos) {
      const std::size_t begin = at + words.size();
      problem += " when allocating " + message.substr(begin, message.find(". ", begin) - begin);
    }
    throw Error(ErrorCode::kNoDeviceMemory, "CUDA", problem);
  }
  // LibTorch's CPU allocator reports a lack of memory as a plain error.
  if (says("allocate memory")) throw std::bad_alloc();
  throw Error("LibTorch", message);
}

/// Runs `work` and returns its result; translates errors of LibTorch.
template <typename Work>
auto translate_errors(const Work& work) {
  try {
    return work();
  } catch (const c10::Error& error) {
    throw_translated(error);
  }
}

}  // namespace newsclf
