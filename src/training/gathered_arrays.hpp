// SPDX-License-Identifier: MIT
// The state of a training that several processes share, in one checkpoint.
#pragma once

#include <string>
#include <vector>

#include "newsclf/model/safetensors.hpp"
#include "newsclf/parallel/process_group.hpp"

namespace newsclf {

/// The arrays of all processes, those of process r under names that begin with `process.r.`; of a
/// single process, its arrays as they are.
class GatheredArrays {
 public:
  /// @param own borrowed; the arrays of all processes have the same names and types, but not the
  ///     same sizes @param processes null: there is only this one
  GatheredArrays(const std::vector<Tensor>& own, ProcessGroup* processes);

  const std::vector<Tensor>& tensors() const { return tensors_; }

 private:
  std::vector<std::string> bytes_;  // of each process
  std::vector<Tensor> tensors_;
};

/// The arrays of this process among those of all, with their own names.
std::vector<Tensor> own_arrays(const std::vector<Tensor>& all, const ProcessGroup& processes);

}  // namespace newsclf
