// SPDX-License-Identifier: MIT
// The arrays and numbers that a training changes from step to step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "newsclf/model/safetensors.hpp"
#include "newsclf/parallel/random.hpp"

namespace newsclf {

/// References to the arrays of a training, by name. Its parts add theirs; then the arrays are
/// written to a checkpoint, or get the values of one.
class StateArrays {
 public:
  /// @param tensor float32, float64, int64 or uint8, contiguous. On the CPU it is not copied.
  void add(std::string name, const torch::Tensor& tensor);
  void add(std::string name, std::span<float> numbers);
  void add(std::string name, std::int64_t& number);
  void add(std::string name, double& number);
  void add(std::string name, std::span<std::int64_t> numbers);
  void add(std::string name, Random& random);

  /// The arrays as they are now, as long as this object lives.
  const std::vector<Tensor>& tensors() const { return tensors_; }
  /// Copies `saved` into the arrays. @throws Error if names, types or shapes differ
  void restore(const std::vector<Tensor>& saved);

 private:
  template <typename T>
  void add_numbers(std::string name, std::span<T> numbers);

  std::vector<Tensor> tensors_;
  std::vector<std::byte*> memory_;  // of `tensors_`
  struct OnDevice {
    torch::Tensor original, copy;
  };
  std::vector<OnDevice> on_device_;  // arrays that are not on the CPU
};

}  // namespace newsclf
