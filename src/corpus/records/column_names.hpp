// SPDX-License-Identifier: MIT
// Columns by their names: what a file calls its text and its labels.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace newsclf {

/// In the order in which they are looked for.
inline constexpr std::array<std::string_view, 11> kTextNames = {
    "text",    "body",     "content",  "message", "document",   "title",
    "subject", "sentence", "question", "review",  "description"};
inline constexpr std::array<std::string_view, 5> kLabelNames = {"label", "class", "category",
                                                                "target", "topic"};

/// In lower case (ASCII).
std::string lower_case(std::string_view name);

/// For messages: at most 30 bytes of `name`, whole characters, and `…` where there is more of it.
std::string shortened(std::string_view name);
/// `a, b, c`, each shortened.
std::string names_in_short(std::span<const std::string> names);

/// `"a" (5 times), "b" and "c"`
class ColumnList {
 public:
  void add(std::string_view name, int weight);
  std::string text() const;

 private:
  std::string before_;
  std::string last_;
};

}  // namespace newsclf
