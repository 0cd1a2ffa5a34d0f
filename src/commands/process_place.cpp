// SPDX-License-Identifier: MIT
#include "commands/process_place.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

constexpr int kMostProcesses = 4096;
constexpr int kMostPort = 65535;

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

int number(const char* name, int least, int most) {
  const std::string_view text = variable(name);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    throw Error(name, fmt::format("must be a number from {} to {}, got '{}'", least, most, text),
                "start the training with torchrun");
  return value;
}

/// @throws Error unless all variables that say where the processes find each other are set
void require_all() {
  std::vector<std::string> found, missing;
  for (const char* const name : {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"})
    if (const std::string_view value = variable(name); value.empty())
      missing.emplace_back(name);
    else
      found.push_back(fmt::format("{}={}", name, value));
  if (!missing.empty())
    throw Error(
        "environment",
        fmt::format("{} is set, but not {}", fmt::join(found, ", "), fmt::join(missing, ", ")),
        "set all of them to train in several processes, as torchrun does, or unset RANK "
        "and WORLD_SIZE");
}

}  // namespace

std::optional<ProcessPlace> find_process_place() {
  if (variable("RANK").empty() && variable("WORLD_SIZE").empty()) return std::nullopt;
  require_all();
  ProcessPlace place;
  place.size = number("WORLD_SIZE", 1, kMostProcesses);
  place.rank = number("RANK", 0, place.size - 1);
  place.address = variable("MASTER_ADDR");
  place.port = number("MASTER_PORT", 1, kMostPort);
  if (!variable("LOCAL_RANK").empty()) place.local_rank = number("LOCAL_RANK", 0, place.size - 1);
  place.is_served = variable("TORCHELASTIC_USE_AGENT_STORE") == "True";
  if (!variable("TORCHELASTIC_RESTART_COUNT").empty())
    place.restarts = number("TORCHELASTIC_RESTART_COUNT", 0, std::numeric_limits<int>::max());
  if (place.size == 1) return std::nullopt;
  return place;
}

}  // namespace newsclf
