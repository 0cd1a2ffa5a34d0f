// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/support.hpp"

namespace newsclf::testing {

/// A folder with the model of `tiny_classifier`.
class ModelFolder : public TempDir {
 public:
  ModelFolder() { save_model(tiny_classifier(), model()); }
  std::string model() const { return *this / "model"; }
  Outcome predict(std::vector<std::string> arguments, std::string_view input = {}) const {
    arguments.insert(arguments.begin(), {"predict", model()});
    return run_newsclf(arguments, input);
  }
};

}  // namespace newsclf::testing
