// SPDX-License-Identifier: MIT
#include "model/tensor_names.hpp"

#include <fmt/format.h>

namespace newsclf {

std::vector<NetworkTensor> network_tensors(const NetworkShape& shape) {
  const std::int64_t members = shape.members;
  if (shape.is_linear()) return {{"linear.bias", {shape.width()}, &Network::first_bias, 1}};
  return {{"hidden1.bias", {shape.width()}, &Network::first_bias, 1},
          {"hidden2.weight", {shape.hidden2, shape.hidden1}, &Network::hidden2_weight, members},
          {"hidden2.bias", {shape.hidden2}, &Network::hidden2_bias, members},
          {"output.weight", {shape.labels, shape.hidden2}, &Network::output_weight, members},
          {"output.bias", {shape.labels}, &Network::output_bias, members}};
}

std::string name_of_copy(const std::string& name, std::int64_t member, std::int64_t copies) {
  return copies == 1 ? name : fmt::format("member{}.{}", member, name);
}

std::string name_in_network(const std::string& name, std::size_t network) {
  return network == 0 ? name : fmt::format("network{}.{}", network, name);
}

std::string first_layer_name(const Network& network, const char* part, std::size_t number) {
  return network.shape.is_linear() ? fmt::format("linear.{}", part)
                                   : name_in_network(fmt::format("hidden1.{}", part), number);
}

}  // namespace newsclf
