// SPDX-License-Identifier: MIT
#include "model/model_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "model/option_fields.hpp"
#include "model/strict_json.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/names/choice.hpp"

namespace newsclf {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

template <typename T>
constexpr bool kIsList = false;
template <typename T>
constexpr bool kIsList<std::vector<T>> = true;
template <typename T>
constexpr bool kIsOptional = false;
template <typename T>
constexpr bool kIsOptional<std::optional<T>> = true;

/// A struct that has a `visit_fields`.
template <typename T>
concept HasFields = requires(T& object) { visit_fields(object, [](auto&&...) {}); };

// ---- writing -----------------------------------------------------------------------------------

template <typename T>
ordered_json to_json(const T& value, const auto&... allowed) {
  if constexpr (HasFields<T>) {
    ordered_json out;
    visit_fields(value, [&](const char* name, const auto& member, const auto&... bounds) {
      if constexpr (kIsOptional<std::decay_t<decltype(member)>>) {
        if (member) out[name] = *member;
      } else {
        out[name] = to_json(member, bounds...);
      }
    });
    return out;
  } else if constexpr (std::is_enum_v<T>) {
    return name_of(allowed..., value);
  } else if constexpr (kIsList<T>) {
    auto out = ordered_json::array();
    for (const auto& item : value) out.push_back(to_json(item, allowed...));
    return out;
  } else {
    return value;
  }
}

// ---- reading -----------------------------------------------------------------------------------

/// One object of the JSON, read field by field; every field must be asked for.
class Fields {
 public:
  Fields(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) refuse("", "an object", object);
  }

  /// For `visit_fields`.
  template <typename T>
  void operator()(const char* name, T& member, const auto&... allowed) {
    if constexpr (kIsOptional<T>) {
      if (object_.contains(name)) member = read<typename T::value_type>(name, get(name), allowed...);
    } else {
      member = read<T>(name, get(name), allowed...);
    }
  }

  const json& get(const char* name) {
    asked_.insert(name);
    const auto place = object_.find(name);
    if (place == object_.end())
      throw Error(where_, fmt::format("the field \"{}\" is missing", name),
                  "the file was not written by this version of newsclf");
    return *place;
  }

  /// Call after the last field: refuses what nobody asked for.
  void end() const {
    for (const auto& [name, value] : object_.items())
      if (!asked_.contains(name))
        throw Error(where_, fmt::format("unknown field \"{}\"", name),
                    "the file was not written by this version of newsclf");
  }

  [[noreturn]] void refuse(const char* name, const std::string& expected, const json& found) const {
    throw Error(where_, fmt::format("\"{}\": expected {}, found {}", name, expected, found.dump()),
                "the file is damaged or was not written by newsclf");
  }

 private:
  template <typename T>
  T read(const char* name, const json& value) const {
    if constexpr (HasFields<T>) {
      Fields fields(value, where_ + ", " + name);
      T object;
      visit_fields(object, std::ref(fields));
      fields.end();
      return object;
    } else if constexpr (kIsList<T>) {
      return read_list<T>(name, value);
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!value.is_boolean()) refuse(name, "true or false", value);
      return value.get<bool>();
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
      if (!value.is_number_unsigned()) refuse(name, "an integer from 0 to 2^64-1", value);
      return value.get<std::uint64_t>();
    } else {
      if (!value.is_string()) refuse(name, "a string", value);
      return value.get<std::string>();
    }
  }

  template <typename T, typename Number>
  T read(const char* name, const json& value, const Bounds<Number>& bounds) const {
    if constexpr (kIsList<T>) {
      return read_list<T>(name, value, bounds);
    } else if constexpr (std::is_integral_v<T>) {
      const bool fits = value.is_number_integer() && value.get<std::int64_t>() >= bounds.low &&
                        value.get<std::int64_t>() <= bounds.high;
      if (!fits) refuse(name, fmt::format("an integer from {} to {}", bounds.low, bounds.high), value);
      return value.get<T>();
    } else {
      const bool fits = value.is_number() && value.get<double>() >= bounds.low &&
                        value.get<double>() <= bounds.high;
      if (!fits) refuse(name, fmt::format("a number from {} to {}", bounds.low, bounds.high), value);
      return value.get<T>();
    }
  }

  template <typename T>
  T read(const char* name, const json& value, const Words& words) const {
    T word = read<T>(name, value);
    if (std::ranges::find(words, word) == words.end())
      refuse(name, fmt::format("{}", fmt::join(words, " or ")), value);
    return word;
  }

  template <typename T, std::size_t N>
  T read(const char* name, const json& value, const Choice<T> (&choices)[N]) const {
    const auto chosen =
        value.is_string() ? value_of(choices, value.get<std::string>()) : std::nullopt;
    if (!chosen) refuse(name, names_of(choices), value);
    return *chosen;
  }

  template <typename T>
  T read_list(const char* name, const json& value, const auto&... allowed) const {
    if (!value.is_array()) refuse(name, "an array", value);
    T list;
    for (const json& item : value)
      list.push_back(read<typename T::value_type>(name, item, allowed...));
    return list;
  }

  const json& object_;
  std::string where_;
  std::set<std::string> asked_;
};

json parse(const std::string& text, const std::string& where) {
  check_json(text, 4, false, where);
  return json::parse(text);
}

constexpr Bounds<std::int64_t> kUnits{1, 1 << 20}, kMembers{1, 1 << 10};

}  // namespace

std::string config_json(const ModelConfig& config) {
  ordered_json out = to_json(config.vectorizer);
  out["network"] = {{"hidden", {config.hidden1, config.hidden2}},
                    {"members", config.members},
                    {"calibrated", config.calibrated}};
  return out.dump();
}

std::string record_json(const TrainingRecord& record) { return to_json(record).dump(); }

ModelConfig parse_model_config(const std::string& text, const std::string& where) {
  const json parsed = parse(text, where);
  Fields fields(parsed, where);
  ModelConfig config;
  visit_fields(config.vectorizer, std::ref(fields));
  Fields network(fields.get("network"), where + ", network");
  std::vector<std::int64_t> hidden;
  network("hidden", hidden, kUnits);
  if (hidden.size() != 2) network.refuse("hidden", "two integers", network.get("hidden"));
  config.hidden1 = hidden[0];
  config.hidden2 = hidden[1];
  network("members", config.members, kMembers);
  network("calibrated", config.calibrated);
  network.end();
  fields.end();
  return config;
}

TrainingRecord parse_training_record(const std::string& text, const std::string& where) {
  const json parsed = parse(text, where);
  Fields fields(parsed, where);
  TrainingRecord record;
  visit_fields(record, std::ref(fields));
  fields.end();
  return record;
}

}  // namespace newsclf
