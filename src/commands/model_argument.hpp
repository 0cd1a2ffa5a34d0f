// SPDX-License-Identifier: MIT
// The argument MODEL, looked at before it is loaded.
#pragma once

#include <span>
#include <string>

namespace newsclf {

/// Whether the file begins as model files do.
bool looks_like_model(const std::string& path);

/// Says in words what stands where a model is expected. @param others the arguments behind it
/// @throws Error if `path` is a file that is not a model, or if one of `others` seems to be the model
void check_model_argument(const std::string& path, std::span<const std::string> others = {});

}  // namespace newsclf
