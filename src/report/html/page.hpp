// SPDX-License-Identifier: MIT
// The page around a report: escaping, the style sheet.
#pragma once

#include <string>
#include <string_view>

namespace newsclf {

/// `text` as it can stand between tags and in a quoted attribute. What is not UTF-8, controls and
/// what turns the direction of writing is shown as a sign of its own instead of taking effect; tabs
/// and line ends stay.
std::string html_escaped(std::string_view text);
/// The same between tags, where a line may end behind a dot, slash or underscore.
std::string html_breakable(std::string_view name);

/// A section under a heading; `id` names it in addresses.
std::string html_section(std::string_view id, std::string_view heading, std::string_view body);
/// A box in which what is wider than the page can be moved sideways. @param label of the box
std::string html_scroll_box(std::string_view label, std::string_view body);
/// The whole file. @param title not escaped yet
std::string html_page(std::string_view title, std::string_view body);

}  // namespace newsclf
