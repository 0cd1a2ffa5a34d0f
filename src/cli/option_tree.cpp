// SPDX-License-Identifier: MIT
#include "cli/option_tree.hpp"

#include <algorithm>

namespace newsclf {
namespace {

constexpr char kAdvanced = '\t';  // ends the group name of an advanced option

std::vector<const CLI::Option*> shown(const CLI::App& app, bool positional) {
  return app.get_options([positional](const CLI::Option* option) {
    return !option->get_group().empty() && option->get_positional() == positional;
  });
}

/// Whether a default is in brackets, as `in_words` writes it, and CLI11 an empty list.
bool is_in_words(std::string_view text) { return text.starts_with('[') && text.ends_with(']'); }

}  // namespace

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) { return shown(app, false); }

std::vector<const CLI::Option*> arguments_of(const CLI::App& app) { return shown(app, true); }

void begin_group(CLI::App& app, std::string_view name) {
  app.option_defaults()->group(std::string(name));
}

CLI::Option* advanced(CLI::Option* option) {
  return option->group(option->get_group() + kAdvanced);
}

bool is_advanced(const CLI::Option& option) { return option.get_group().ends_with(kAdvanced); }

std::string group_of(const CLI::Option& option) {
  const std::string& group = option.get_group();
  return group.substr(0, group.find(kAdvanced));
}

std::vector<std::string> groups_of(const CLI::App& app) {
  constexpr const char* kLast = "General";
  std::vector<std::string> groups;
  for (const CLI::Option* option : app.get_options())
    if (const std::string group = group_of(*option);
        !group.empty() && group != kLast && !std::ranges::count(groups, group))
      groups.push_back(group);
  groups.emplace_back(kLast);
  return groups;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

bool is_set(const CLI::Option& option) {
  return option.count() > 0 && (takes_value(option) || option.as<bool>());
}

std::vector<std::string> values_of(const CLI::Option& option) {
  const std::vector<std::string>& values = option.results();
  const char delimiter = option.get_delimiter();
  if (delimiter == '\0' || values.empty()) return values;
  std::string list;
  for (const std::string& value : values)
    list += (list.empty() ? "" : std::string(1, delimiter)) + value;
  return {list};
}

std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::string heading_of(const CLI::Option& option) {
  if (option.get_positional())
    return option.get_name(true) + (option.get_expected_max() > 1 ? "..." : "");
  const std::string names = option.get_name(false, true);
  return takes_value(option) ? names + ' ' + option.get_type_name() : names;
}

std::string in_words(std::string_view words) { return '[' + std::string(words) + ']'; }

std::string default_of(const CLI::Option& option) {
  const std::string text = option.get_default_str();
  const bool is_value = takes_value(option) && !is_in_words(text) && text != "\"\"";
  return is_value ? text : std::string();
}

std::string text_of(const CLI::Option& option, bool in_brief) {
  const std::string text = in_brief ? brief(option.get_description()) : option.get_description();
  if (option.get_required()) return option.get_positional() ? text : text + " (required)";
  std::string value = option.get_default_str();
  value = is_in_words(value) ? value.substr(1, value.size() - 2) : default_of(option);
  return value.empty() ? text : text + " (default " + value + ")";
}

std::string brief(std::string_view description) {
  const std::size_t end = std::min(description.find(": "), description.find("; "));
  return std::string(description.substr(0, end));
}

}  // namespace newsclf
