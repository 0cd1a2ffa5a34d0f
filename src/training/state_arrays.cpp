// SPDX-License-Identifier: MIT
#include "training/state_arrays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

Dtype dtype_of(const torch::Tensor& tensor) {
  if (tensor.scalar_type() == torch::kFloat32) return Dtype::kF32;
  if (tensor.scalar_type() == torch::kFloat64) return Dtype::kF64;
  if (tensor.scalar_type() == torch::kInt64) return Dtype::kI64;
  TORCH_CHECK(tensor.scalar_type() == torch::kUInt8, "a state has no array of this type");
  return Dtype::kU8;
}

}  // namespace

void StateArrays::add(std::string name, const torch::Tensor& tensor) {
  torch::Tensor here = tensor.detach();
  TORCH_CHECK(here.is_contiguous(), name, " is not contiguous");
  if (!here.is_cpu()) {
    here = here.cpu();
    on_device_.push_back({tensor.detach(), here});
  }
  auto* const memory = static_cast<std::byte*>(here.mutable_data_ptr());
  tensors_.push_back(
      {std::move(name), dtype_of(here), here.sizes().vec(), std::span(memory, here.nbytes())});
  memory_.push_back(memory);
}

template <typename T>
void StateArrays::add_numbers(std::string name, std::span<T> numbers) {
  tensors_.push_back(
      make_tensor(std::move(name), {std::ssize(numbers)}, std::span<const T>(numbers)));
  memory_.push_back(std::as_writable_bytes(numbers).data());
}

void StateArrays::add(std::string name, std::span<float> numbers) {
  add_numbers(std::move(name), numbers);
}
void StateArrays::add(std::string name, std::span<std::int64_t> numbers) {
  add_numbers(std::move(name), numbers);
}
void StateArrays::add(std::string name, std::int64_t& number) {
  add_numbers(std::move(name), std::span(&number, 1));
}
void StateArrays::add(std::string name, double& number) {
  add_numbers(std::move(name), std::span(&number, 1));
}
void StateArrays::add(std::string name, Random& random) {
  const auto words = random.state();
  static_assert(sizeof words[0] == sizeof(std::int64_t));
  add_numbers(std::move(name),
              std::span(reinterpret_cast<std::int64_t*>(words.data()), words.size()));
}

void StateArrays::restore(const std::vector<Tensor>& saved) {
  std::map<std::string_view, const Tensor*> by_name;
  for (const Tensor& tensor : saved) by_name[tensor.name] = &tensor;
  if (saved.size() != tensors_.size())
    throw Error("checkpoint",
                fmt::format("it has {} arrays, expected {}", saved.size(), tensors_.size()));
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const Tensor& expected = tensors_[i];
    const auto found = by_name.find(expected.name);
    if (found == by_name.end() || found->second->dtype != expected.dtype ||
        found->second->shape != expected.shape)
      throw Error("checkpoint", fmt::format("it has no array '{}' of the type and shape expected",
                                            expected.name));
    if (!expected.bytes.empty())
      std::memcpy(memory_[i], found->second->bytes.data(), expected.bytes.size());
  }
  torch::NoGradGuard no_grad;
  for (OnDevice& each : on_device_) each.original.copy_(each.copy);
}

}  // namespace newsclf
