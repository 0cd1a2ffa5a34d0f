// SPDX-License-Identifier: MIT
// Translates LibTorch's errors at the entry points of the training library.
#pragma once

#include <c10/util/Exception.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "newsclf/error/error.hpp"

namespace newsclf {

inline std::string first_line(std::string text) {
  text.resize(std::min(text.size(), text.find('\n')));
  return text;
}

/// Throws the meaning of `error`, in one line without stack frames: `Error` with `kNoDeviceMemory`
/// if a CUDA device lacks memory, `std::bad_alloc` if the machine does, otherwise `Error`.
[[noreturn]] inline void throw_translated(const c10::Error& error) {
  const std::string message = first_line(error.what_without_backtrace());
  const auto says = [&](const char* words) { return message.find(words) != std::string::npos; };
  // The caching allocator throws its own type; the CUDA runtime, which allocates the context and
  // pinned memory, and cuBLAS throw a plain error.
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
  } catch (const Error&) {
    throw;
  } catch (const std::runtime_error& error) {  // of a library in it: cpuinfo, oneDNN, MKL
    throw Error("LibTorch", first_line(error.what()));
  }
}

}  // namespace newsclf
