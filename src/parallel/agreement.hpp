// SPDX-License-Identifier: MIT
// What several processes say about the same question. All of them must ask it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/parallel/process_group.hpp"

namespace newsclf {

/// Whether all processes gave the same bytes. @throws Error as `ProcessGroup::gather`
inline bool all_agree(ProcessGroup& processes, std::string_view bytes) {
  const std::vector<std::string> all = processes.gather(bytes);
  return std::ranges::all_of(all, [&](const std::string& other) { return other == bytes; });
}

/// Whether it `holds` in any process.
/// @param processes null: there is only this one @throws Error as `ProcessGroup::gather`
inline bool holds_in_any(ProcessGroup* processes, bool holds) {
  if (processes == nullptr) return holds;
  const std::vector<std::string> all = processes->gather(holds ? "yes" : "no");
  return std::ranges::count(all, "yes") > 0;
}

}  // namespace newsclf
