// SPDX-License-Identifier: MIT
// The mistakes on the page, and the links to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "newsclf/evaluation/mistakes.hpp"

namespace newsclf {

/// Links to the mistakes that the page shows. Labels and ids are unescaped; `content`, which
/// becomes the content of the link, is HTML and is returned unchanged if there is nothing to link
/// to.
class MistakeLinks {
 public:
  /// @param mistakes in the order of the page; must outlive the links
  explicit MistakeLinks(std::span<const Mistake> mistakes);

  bool empty() const { return of_pairs_.empty(); }
  /// A link to the first mistake with these labels.
  std::string to_pair(std::string_view truth, std::string_view predicted,
                      const std::string& content) const;
  /// A link to the mistake with these labels and this id, its own or that of a copy.
  std::string to_document(std::string_view truth, std::string_view predicted, std::string_view id,
                          const std::string& content) const;

 private:
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> of_pairs_;
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, std::size_t>
      of_documents_;
};

/// The mistakes, each with an anchor; empty if there are none. @param all number of all mistakes
std::string mistakes_section(std::span<const Mistake> mistakes, std::int64_t all);

}  // namespace newsclf
