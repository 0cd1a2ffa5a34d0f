// SPDX-License-Identifier: MIT
#include "training/support.hpp"

#include "training/torch_errors.hpp"

#include <new>
#include <stdexcept>
#include <string>

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// An error of LibTorch, whose text is a message followed by a backtrace.
template <typename Type = c10::Error>
void fail_with(const std::string& message) {
  translate_errors([&] { throw Type({__func__, __FILE__, __LINE__}, message); });
}

ErrorCode code_of(const auto& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("no error was thrown");
  return {};
}

}  // namespace

TEST_CASE("an error of LibTorch becomes its first line, without a backtrace") {
  CHECK(error_of([] { fail_with("mat1 and mat2 do not match\nmore about it"); }) ==
        "LibTorch: mat1 and mat2 do not match");
}

TEST_CASE("an error of a library in LibTorch is one of LibTorch") {
  const auto fail = [] {
    translate_errors([] { throw std::runtime_error("Failed to initialize cpuinfo!\nmore"); });
  };
  CHECK(error_of(fail) == "LibTorch: Failed to initialize cpuinfo!");
}

TEST_CASE("a lack of CUDA memory is reported with the requested size, however LibTorch throws it") {
  const auto refused = [] {
    fail_with<c10::OutOfMemoryError>(
        "CUDA out of memory. Tried to allocate 13.41 GiB. GPU 0 has a total capacity of 79.19 GiB "
        "of which 1.25 GiB is free. Process 1 has 77.93 GiB memory in use.");
  };
  CHECK(error_of(refused) == "CUDA: out of memory when allocating 13.41 GiB");
  CHECK(code_of(refused) == ErrorCode::kNoDeviceMemory);
  const std::string_view texts[] = {
      "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported",
      "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"};
  for (const std::string_view text : texts) {
    INFO(text);
    CHECK(error_of([&] { fail_with(std::string(text)); }) == "CUDA: out of memory");
    CHECK(code_of([&] { fail_with(std::string(text)); }) == ErrorCode::kNoDeviceMemory);
  }
}

TEST_CASE("a lack of main memory in LibTorch becomes std::bad_alloc") {
  CHECK_THROWS_AS(fail_with("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't "
                            "allocate memory: you tried to allocate 40000000000000 bytes."),
                  std::bad_alloc);
}

TEST_CASE("results and exceptions of other types pass unchanged") {
  CHECK(error_of([] { translate_errors([] { throw Error("here", "wrong"); }); }) == "here: wrong");
  CHECK(translate_errors([] { return 7; }) == 7);
}
