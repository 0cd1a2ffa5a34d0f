// SPDX-License-Identifier: MIT
// Whether everything that a model computes for a document stays within the range of a float.
#pragma once

#include "newsclf/model/classifier.hpp"

namespace newsclf {

/// A number of the tensors that is not finite, or so large that the weight of a token in some
/// document could leave the range of a float; null where there is none. Documents of up to 4 GiB,
/// their tokens counted up to 1000 times each, are considered.
const float* find_too_large(const Vectorizer& vectorizer);

/// The same for every sum on the way to the logits. With bounds on what goes into a layer and on
/// its numbers, of which only the largest is looked at, a bound on what comes out is computed
/// (interval arithmetic): far more than any real document reaches, and less than 1e38.
const float* find_too_large(const Classifier& classifier);

}  // namespace newsclf
