// SPDX-License-Identifier: MIT
#include "newsclf/names/edit_distance.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace newsclf {
namespace {

/// The dynamic program of Wagner and Fischer (1974), one row at a time.
template <typename View>
std::size_t distance_between(View a, View b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) { return distance_between(a, b); }

std::size_t edit_distance(std::u32string_view a, std::u32string_view b) {
  return distance_between(a, b);
}

std::string nearest_name(std::string_view name, std::span<const std::string> names) {
  std::string best;
  std::size_t best_distance = (name.size() + 1) / 3 + 1;
  for (const std::string& candidate : names) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> names,
                         std::string otherwise) {
  const std::string nearest = nearest_name(name, names);
  return nearest.empty() ? std::move(otherwise) : "did you mean '" + nearest + "'?";
}

}  // namespace newsclf
