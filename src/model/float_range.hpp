// SPDX-License-Identifier: MIT
// Whether everything that a model computes for a document stays within the range of a float.
#pragma once

#include "newsclf/features/vectorizer.hpp"
#include "newsclf/model/network.hpp"

namespace newsclf {

/// A number of the tensors that is not finite, or so large that the weight of a token in some
/// document, or a sum on the way to the logits of `network`, could leave the range of a float; null
/// where there is none. Documents of up to 4 GiB, their tokens counted up to 1000 times each, are
/// considered. The bound on what comes out of a layer is computed from bounds on what goes in and
/// on the layer's numbers (interval arithmetic): far more than any real document reaches.
const float* find_too_large(const Vectorizer& vectorizer, const Network* network = nullptr);

}  // namespace newsclf
