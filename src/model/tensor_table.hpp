// SPDX-License-Identifier: MIT
// The tensors of a file by name.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/strict_json.hpp"
#include "model/tensor_names.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/safetensors.hpp"

namespace newsclf {

inline std::string place_of(const Safetensors& file, const Tensor& tensor) {
  return fmt::format("tensor \"{}\" at byte {}", tensor.name,
                     tensor.bytes.data() - file.file.data());
}

/// The tensors of a file; checks the dtype and shape that each name requires.
class TensorTable {
 public:
  TensorTable(const Safetensors& file, const std::string& path) : file_(file), path_(path) {}

  /// The values of a tensor of the dtype of T, see `take`.
  template <typename T>
  std::span<const T> take_values(const std::string& name, const std::vector<std::int64_t>& shape) {
    return take(name, kDtypeOf<T>, shape).template as<T>();
  }

  /// @param shape a dimension of -1 may have any size
  const Tensor& take(std::string_view name, Dtype dtype, const std::vector<std::int64_t>& shape) {
    for (const Tensor& tensor : file_.tensors) {
      if (tensor.name != name) continue;
      ++taken_;
      if (tensor.dtype != dtype)
        refuse_file(path_, place_of(file_, tensor), std::string(name_of(kDtypes, dtype)),
                    std::string(name_of(kDtypes, tensor.dtype)));
      bool fits = tensor.shape.size() == shape.size();
      for (std::size_t d = 0; fits && d < shape.size(); ++d)
        fits = shape[d] < 0 || shape[d] == tensor.shape[d];
      if (!fits)
        refuse_file(path_, place_of(file_, tensor),
                    fmt::format("shape [{}] (-1: any)", fmt::join(shape, ",")),
                    fmt::format("[{}]", fmt::join(tensor.shape, ",")));
      return tensor;
    }
    throw Error(path_, fmt::format("the header has no tensor \"{}\"", name),
                "the file was not written by newsclf");
  }

  /// The same, and reads its bytes.
  const Tensor& read(std::string_view name, Dtype dtype, const std::vector<std::int64_t>& shape) {
    const Tensor& tensor = take(name, dtype, shape);
    file_.read(tensor.bytes);
    return tensor;
  }

  /// The floats of `copies` tensors (see `NetworkTensor`), which must be contiguous in the file.
  std::span<const float> take_copies(const std::string& name,
                                     const std::vector<std::int64_t>& shape, std::int64_t copies) {
    std::span<const float> all;
    for (std::int64_t m = 0; m < copies; ++m) {
      const Tensor& tensor = take(name_of_copy(name, m, copies), Dtype::kF32, shape);
      const auto values = tensor.as<float>();
      if (m == 0) all = values;
      if (m > 0 && all.data() + all.size() != values.data())
        refuse_file(path_, place_of(file_, tensor),
                    fmt::format("it directly after member {}", m - 1), "it elsewhere");
      all = {all.data(), static_cast<std::size_t>(m + 1) * values.size()};
    }
    return all;
  }

  void require(const Tensor& tensor, bool holds, const std::string& expected,
               const std::string& found) const {
    if (!holds) refuse_file(path_, place_of(file_, tensor), expected, found);
  }

  void end() const {
    if (taken_ != file_.tensors.size())
      throw Error(path_, fmt::format("expected {} tensors, found {}", taken_, file_.tensors.size()),
                  "the file was not written by this version of newsclf");
  }

 private:
  const Safetensors& file_;
  const std::string& path_;
  std::size_t taken_ = 0;
};

}  // namespace newsclf
