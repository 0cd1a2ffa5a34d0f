// SPDX-License-Identifier: MIT
// Checks that everything a model computes for a document stays within the range of a float.
#pragma once

#include <optional>

#include "newsclf/features/vectorizer.hpp"
#include "newsclf/model/network.hpp"

namespace newsclf {

/// A number in a tensor.
struct TooLarge {
  const void* place;
  float number;
};

/// Finds a number in the tensors that is not finite, or so large that the weight of a token in some
/// document, or a sum in the forward pass of `ensemble`, could overflow a float, if there is
/// one. Covers documents of up to 4 GiB whose tokens count up to 1000 times each. Computes a bound
/// on a layer's output from bounds on its input and on the layer's numbers (interval arithmetic),
/// which is far larger than what any real document reaches.
std::optional<TooLarge> find_too_large(const Vectorizer& vectorizer,
                                       const Ensemble* ensemble = nullptr);

}  // namespace newsclf
