// SPDX-License-Identifier: MIT
#include "report/column_names.hpp"

#include <set>

namespace newsclf {

std::vector<std::string> distinct_names(std::vector<std::string> names, std::size_t given) {
  std::set<std::string> taken;
  for (std::size_t n = 0; n < names.size(); ++n)
    while (!taken.insert(names[n]).second && n >= given) names[n].insert(0, "predicted_");
  return names;
}

}  // namespace newsclf
