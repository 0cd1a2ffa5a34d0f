// SPDX-License-Identifier: MIT
#pragma once

#include "newsclf/training/backend.hpp"

namespace newsclf {

/// See `Backend::reduce_rank`.
LowRank reduce_rank(std::span<const float> weights, std::int64_t width,
                    std::span<const float> importance, std::int64_t rank, Workers& workers);

}  // namespace newsclf
