// SPDX-License-Identifier: MIT
// Adam on the CPU for the small dense parameters of a network, in one loop over all of them.
#pragma once

#include <cstdint>
#include <vector>

#include <torch/torch.h>

#include "training/state_arrays.hpp"

namespace newsclf {

/// AdamW (Loshchilov & Hutter, 2019) with LibTorch's defaults, which takes ten tensor operations
/// per parameter instead; the tests compare them.
class DenseAdam {
 public:
  /// A parameter, float32 and contiguous on the CPU, and whether weight decay applies to it.
  struct Parameter {
    torch::Tensor tensor;
    bool decays;
  };
  DenseAdam(std::vector<Parameter> parameters, double weight_decay);

  /// Updates all parameters with their gradients, which it then releases.
  void step(double lr);
  /// Adds all but the parameters.
  void add_state(StateArrays& state, const std::string& name);

 private:
  std::vector<Parameter> parameters_;
  double weight_decay_;
  std::int64_t steps_ = 0;
  std::vector<float> means_, mean_squares_;  ///< of the gradients of all parameters, in their order
};

}  // namespace newsclf
