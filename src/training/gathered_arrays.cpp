// SPDX-License-Identifier: MIT
#include "training/gathered_arrays.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "parallel/packed_arrays.hpp"

namespace newsclf {
namespace {

std::string prefix_of(int rank) { return "process." + std::to_string(rank) + '.'; }

}  // namespace

GatheredArrays::GatheredArrays(const std::vector<Tensor>& own, ProcessGroup* processes) {
  if (processes == nullptr) {
    tensors_ = own;
    return;
  }
  ArrayPacker packer;
  for (const Tensor& tensor : own) {
    packer.add(tensor.shape);
    packer.add(tensor.bytes);
  }
  bytes_ = processes->gather(packer.bytes());
  for (std::size_t rank = 0; rank < bytes_.size(); ++rank) {
    ArrayUnpacker arrays(bytes_[rank]);
    for (const Tensor& tensor : own) {
      auto shape = arrays.take<std::int64_t>();
      const std::string_view bytes = arrays.take_view();
      tensors_.push_back({prefix_of(static_cast<int>(rank)) + tensor.name, tensor.dtype,
                          std::move(shape), std::as_bytes(std::span(bytes))});
    }
  }
}

std::vector<Tensor> own_arrays(const std::vector<Tensor>& all, const ProcessGroup& processes) {
  const std::string prefix = prefix_of(processes.rank());
  std::vector<Tensor> own;
  for (Tensor tensor : all) {
    if (!tensor.name.starts_with(prefix)) continue;
    tensor.name.erase(0, prefix.size());
    own.push_back(std::move(tensor));
  }
  return own;
}

}  // namespace newsclf
