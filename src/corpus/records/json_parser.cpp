// SPDX-License-Identifier: MIT
// JSON lines: one object per line (RFC 8259), parsed by nlohmann-json. An escaped lone surrogate
// (\ud800), which UTF-8 cannot encode, is replaced by U+FFFD.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "corpus/records/json_members.hpp"
#include "corpus/records/record_parser.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/names/edit_distance.hpp"

namespace newsclf {
namespace {

using nlohmann::json;

/// Returns the number of a `\uXXXX` escape at `text[i]`, if there is one.
std::optional<unsigned> unicode_escape(std::string_view text, std::size_t i) {
  if (i + 6 > text.size() || text[i] != '\\' || text[i + 1] != 'u') return std::nullopt;
  unsigned number = 0;
  const char* const end = text.data() + i + 6;
  if (std::from_chars(end - 4, end, number, 16).ptr != end) return std::nullopt;
  return number;
}

bool is_high(unsigned number) { return number >= 0xD800 && number <= 0xDBFF; }
bool is_low(unsigned number) { return number >= 0xDC00 && number <= 0xDFFF; }

/// Replaces the escapes of lone surrogates by the escape of U+FFFD; returns nothing if there are
/// none. Backslashes occur only inside strings, so the JSON need not be parsed for this.
std::optional<std::string> without_lone_surrogates(std::string_view text) {
  std::optional<std::string> repaired;
  for (std::size_t i = text.find('\\'); i != std::string_view::npos && i + 1 < text.size();
       i = text.find('\\', i)) {
    const auto number = unicode_escape(text, i);
    if (!number) {
      i += 2;  // the escaped character may be a backslash
      continue;
    }
    const auto next = is_high(*number) ? unicode_escape(text, i + 6) : std::nullopt;
    if (next && is_low(*next)) {
      i += 12;
      continue;
    }
    if (is_high(*number) || is_low(*number)) {
      if (!repaired) repaired = text;
      repaired->replace(i, 6, "\\ufffd");
    }
    i += 6;
  }
  return repaired;
}

class JsonParser : public RecordParser {
 public:
  JsonParser(const ColumnOptions& columns, bool labelled)
      : columns_(columns), labelled_(labelled) {}

  RecordNotes parse(std::string_view record, const std::string& where,
                    Document& document) const override {
    const auto repaired = without_lone_surrogates(record);
    const json object = parse_object(repaired ? *repaired : record, where);
    TextJoiner joiner(document);
    if (columns_.text.empty()) {
      const std::string* const key = any_of(object, kTextNames);
      if (key == nullptr)
        throw Error(ErrorCode::kNoTextColumn, where,
                    fmt::format("no text key (tried {})", fmt::join(kTextNames, ", ")));
      joiner.add(string_of(object, *key, where), 1);
    }
    for (const TextColumn& column : columns_.text) {
      require(object, column.column, ErrorCode::kNoTextColumn, where);
      joiner.add(string_of(object, column.column, where), column.weight);
    }
    joiner.end();

    document.label.clear();
    document.id.clear();
    if (!columns_.label.empty()) {
      if (labelled_ || object.contains(columns_.label))
        document.label = string_of(object, columns_.label, where);
    } else if (const std::string* const key = any_of(object, kLabelNames)) {
      document.label = string_of(object, *key, where);
    }
    if (!columns_.id.empty()) {
      require(object, columns_.id, ErrorCode::kNoIdColumn, where);
      document.id = string_of(object, columns_.id, where);
    }
    if (columns_.keep) document.columns = json_members(repaired ? *repaired : record);
    return {.lone_surrogate = repaired.has_value()};
  }

  std::string description() const override {
    return describe_columns(labelled_ ? columns_.label : "", columns_.text, columns_.id);
  }

 private:
  /// @param column in bytes, from 1
  [[noreturn]] static void refuse(const std::string& where, std::size_t column) {
    throw Error(fmt::format("{}, column {}", where, std::max<std::size_t>(column, 1)),
                "invalid JSON", "write one JSON object per line");
  }

  static json parse_object(std::string_view record, const std::string& where) {
    json object;
    try {
      object = json::parse(record);
    } catch (const json::parse_error& error) {
      refuse(where, error.byte);
    } catch (const json::out_of_range&) {
      throw Error(where, "a number in this object is too large", "write it as a string");
    }
    // The parser takes a NUL byte after the object for the end of input.
    if (const std::size_t nul = record.find('\0'); nul != std::string_view::npos)
      refuse(where, nul + 1);
    if (!object.is_object())
      throw Error(where,
                  fmt::format("expected a JSON object, found {} {}", object.is_array() ? "an" : "a",
                              object.type_name()),
                  "write one JSON object per line");
    return object;
  }

  /// Returns the key of the object that matches the first possible name of `names`, in any case,
  /// and that no option names; null if there is none.
  template <typename Names>
  const std::string* any_of(const json& object, const Names& names) const {
    const auto& members = object.get_ref<const json::object_t&>();
    for (const std::string_view name : names)
      for (const auto& [key, value] : members)
        if (lower_case(key) == name && !is_given(key)) return &key;
    return nullptr;
  }

  bool is_given(const std::string& key) const {
    return key == columns_.label || key == columns_.id ||
           std::ranges::any_of(columns_.text,
                               [&](const auto& column) { return column.column == key; });
  }

  static void require(const json& object, const std::string& key, ErrorCode code,
                      const std::string& where) {
    if (object.contains(key)) return;
    std::vector<std::string> keys;
    for (const auto& [name, value] : object.items()) keys.push_back(name);
    throw Error(code, where,
                fmt::format("no key '{}' for the {} ({})", key,
                            code == ErrorCode::kNoIdColumn ? "id" : "text",
                            did_you_mean(key, keys, "the keys are " + names_in_short(keys))));
  }

  /// Returns the value as text: a string as it is, numbers and booleans as JSON, null as "".
  static std::string string_of(const json& object, const std::string& key,
                               const std::string& where) {
    const auto place = object.find(key);
    if (place == object.end() || place->is_null()) return {};
    if (place->is_string()) return place->get<std::string>();
    if (place->is_number() || place->is_boolean()) return place->dump();
    throw Error(where,
                fmt::format("\"{}\": expected a string, found an {}", key, place->type_name()),
                "write the value as a string");
  }

  ColumnOptions columns_;
  bool labelled_;
};

}  // namespace

std::unique_ptr<RecordParser> make_json_parser(const ColumnOptions& columns, bool labelled) {
  return std::make_unique<JsonParser>(columns, labelled);
}

}  // namespace newsclf
