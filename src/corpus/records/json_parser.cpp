// SPDX-License-Identifier: MIT
// JSON (RFC 8259): one object per record, parsed by nlohmann-json. An escaped lone surrogate
// (\ud800), which UTF-8 cannot encode, is replaced by U+FFFD.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "corpus/records/bounded_json.hpp"
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

/// Returns the value of the key `path` of the object; if there is none, `a.b` is the key b of the
/// object a. Null if there is no such key.
const json* find_value(const json& object, std::string_view path) {
  if (const auto place = object.find(path); place != object.end()) return &*place;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos;
       dot = path.find('.', dot + 1)) {
    const auto outer = object.find(path.substr(0, dot));
    if (outer == object.end() || !outer->is_object()) continue;
    if (const json* const value = find_value(*outer, path.substr(dot + 1))) return value;
  }
  return nullptr;
}

/// Appends the keys of the object and of the objects in it, as `a.b`.
void list_keys(const json& object, const std::string& before, int depth,
               std::vector<std::string>& keys) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_object() && depth > 1)
      list_keys(value, before + name + '.', depth - 1, keys);
    else
      keys.push_back(before + name);
  }
}

bool is_scalar(const json& value) {
  return value.is_string() || value.is_number() || value.is_boolean() || value.is_null();
}

/// A string as it is, numbers and booleans as JSON, null as "".
std::string scalar_text(const json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? value.get<std::string>() : value.dump();
}

class JsonParser : public RecordParser {
 public:
  JsonParser(const ReadOptions& options, bool labelled)
      : columns_(options.columns), limits_(options.limits), labelled_(labelled) {}

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
      joiner.add(text_of(object.at(*key), *key, where), 1);
    }
    for (const TextColumn& column : columns_.text)
      joiner.add(text_of(require(object, column.column, ErrorCode::kNoTextColumn, where),
                         column.column, where),
                 column.weight);
    joiner.end();

    document.label.clear();
    document.id.clear();
    if (!columns_.label.empty()) {
      if (const json* const value = find_value(object, columns_.label))
        document.label = string_of(*value, columns_.label, where);
    } else if (const std::string* const key = any_of(object, kLabelNames)) {
      document.label = string_of(object.at(*key), *key, where);
    }
    if (columns_.id.empty()) {
      const std::string* const key = any_of(object, kIdNames);
      if (key != nullptr && is_scalar(object.at(*key))) document.id = scalar_text(object.at(*key));
    } else if (!columns_.id_may_lack || find_value(object, columns_.id) != nullptr) {
      document.id = string_of(require(object, columns_.id, ErrorCode::kNoIdColumn, where),
                              columns_.id, where);
    }
    if (columns_.keep) document.columns = json_members(repaired ? *repaired : record);
    return {.lone_surrogate = repaired.has_value()};
  }

  bool has_ids() const override { return !columns_.id.empty() && !columns_.id_may_lack; }
  std::string description() const override {
    return describe_columns(labelled_ ? columns_.label : "", columns_.text, columns_.id);
  }

 private:
  /// @param place in the record; its size, if the record ends too early
  [[noreturn]] static void refuse(std::string_view record, std::size_t place,
                                  const std::string& where) {
    const std::string here = place_in(record, place, where);
    if (place >= record.size() && record.starts_with('{'))
      throw Error(here, "the JSON object does not end on its line",
                  "write one object per line, or all objects as one array: [{...}, {...}]");
    throw Error(here, "invalid JSON", "write one JSON object per line, or one array of objects");
  }

  json parse_object(std::string_view record, const std::string& where) const {
    // All values together take up to twice the limit: 100 bytes each, and perhaps only 2 in the
    // record.
    constexpr std::size_t kBytesPerValue = 50, kFewValues = 10'000;
    constexpr std::size_t kLongestCharacter = 4;  // so that a cut string is longer than the limit
    const std::size_t most = std::max(limits_.record / kBytesPerValue, kFewValues);
    JsonProblem problem;
    json object = parse_bounded(record, limits_.document + kLongestCharacter, most, problem);
    if (problem.kind == JsonProblem::kSyntax) refuse(record, problem.place, where);
    if (problem.kind == JsonProblem::kLargeNumber)
      throw Error(where, "a number in this object is too large", "write it as a string");
    if (problem.kind == JsonProblem::kManyValues)
      throw Error(ErrorCode::kLongRecord, where,
                  fmt::format("this object has more than {} values", most));
    // The parser takes a NUL byte after the object for the end of input.
    if (const std::size_t nul = record.find('\0'); nul != std::string_view::npos)
      refuse(record, nul, where);
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

  static const json& require(const json& object, const std::string& key, ErrorCode code,
                             const std::string& where) {
    if (const json* const value = find_value(object, key)) return *value;
    std::vector<std::string> keys;
    list_keys(object, "", 3, keys);
    throw Error(code, where,
                fmt::format("no key '{}' for the {} ({})", key,
                            code == ErrorCode::kNoIdColumn ? "id" : "text",
                            did_you_mean(key, keys, "the keys are " + names_in_short(keys))));
  }

  static std::string string_of(const json& value, const std::string& key,
                               const std::string& where) {
    if (is_scalar(value)) return scalar_text(value);
    throw Error(where,
                fmt::format("\"{}\": expected a string, found an {}", key, value.type_name()),
                value.is_object() ? "write the value as a string, or name a key of it, such as a.b"
                                  : "write the value as a string");
  }

  /// The same, where an array of such values is one line per value.
  static std::string text_of(const json& value, const std::string& key, const std::string& where) {
    if (!value.is_array()) return string_of(value, key, where);
    std::string text;
    for (const json& line : value) {
      if (!is_scalar(line))
        throw Error(where,
                    fmt::format("\"{}\": expected an array of strings, found an {} in it", key,
                                line.type_name()),
                    "write the value as a string");
      if (&line != &value.front()) text += '\n';
      text += scalar_text(line);
    }
    return text;
  }

  ColumnOptions columns_;
  ReadLimits limits_;
  bool labelled_;
};

}  // namespace

std::unique_ptr<RecordParser> make_json_parser(const ReadOptions& options, bool labelled) {
  return std::make_unique<JsonParser>(options, labelled);
}

}  // namespace newsclf
