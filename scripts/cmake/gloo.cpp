// SPDX-License-Identifier: MIT
// Compiles and links if LibTorch contains Gloo, with the declarations in src/training/gloo.
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

int main() {
  const auto store = c10::make_intrusive<c10d::TCPStore>("localhost", c10d::TCPStoreOptions());
  c10d::ProcessGroupGloo group(store, 0, 1);
  return group.getSize();
}
