// SPDX-License-Identifier: MIT
// The names and shapes of the tensors of a model file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/model/network.hpp"

namespace newsclf {

/// One of a network's arrays. With several copies of the shape, one per member, each copy is a
/// tensor: `member0.name`, `member1.name`, …
struct NetworkTensor {
  const char* name;
  std::vector<std::int64_t> shape;
  std::span<const float> Network::*values;
  std::int64_t copies;
};

/// All arrays except the weights of the first layer.
std::vector<NetworkTensor> network_tensors(const NetworkShape& shape);
/// The name of a member's copy.
std::string name_of_copy(const std::string& name, std::int64_t member, std::int64_t copies);
/// The name of a tensor of the n-th network that is not linear.
std::string name_in_network(const std::string& name, std::size_t network);
/// The name of a tensor with the weights of a first layer, see `PackedRows`.
std::string first_layer_name(const Network& network, const char* part, std::size_t number);

}  // namespace newsclf
