// SPDX-License-Identifier: MIT
#include "model/model_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
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
    auto out = ordered_json::object();
    visit_fields(value, [&](const char* name, const auto& member, const auto&... bounds) {
      if constexpr (kIsOptional<std::decay_t<decltype(member)>>) {
        if (member) out[name] = to_json(*member, bounds...);
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

template <typename T>
T read_object(const json& value, const std::string& where);

/// A JSON object that is read field by field; the caller must request every field.
class Fields {
 public:
  Fields(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) refuse("", "an object", object);
  }

  /// For `visit_fields`.
  template <typename T>
  void operator()(const char* name, T& member, const auto&... allowed) {
    if constexpr (kIsOptional<T>) {
      if (object_.contains(name))
        member = read<typename T::value_type>(name, get(name), allowed...);
    } else {
      member = read<T>(name, get(name), allowed...);
    }
  }

  /// Call after the last field: refuses fields that were not requested.
  void end() const {
    for (const auto& [name, value] : object_.items())
      if (!asked_.contains(name))
        throw Error(where_, fmt::format("unknown field \"{}\"", name),
                    "the file was not written by this version of newsclf");
  }

 private:
  const json& get(const char* name) {
    asked_.insert(name);
    const auto place = object_.find(name);
    if (place == object_.end())
      throw Error(where_, fmt::format("the field \"{}\" is missing", name),
                  "the file was not written by this version of newsclf");
    return *place;
  }

  [[noreturn]] void refuse(const char* name, const std::string& expected, const json& found) const {
    refuse_file(where_, fmt::format("\"{}\"", name), expected, found.dump());
  }

  template <typename T>
  T read(const char* name, const json& value, const auto&... allowed) const {
    if constexpr (HasFields<T>) {
      return read_object<T>(value, where_ + ", " + name);
    } else if constexpr (kIsList<T>) {
      if (!value.is_array()) refuse(name, "an array", value);
      T list;
      for (const json& item : value)
        list.push_back(read<typename T::value_type>(name, item, allowed...));
      return list;
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!value.is_boolean()) refuse(name, "true or false", value);
      return value.get<bool>();
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
      if (!value.is_number_unsigned()) refuse(name, "an integer from 0 to 2^64-1", value);
      return value.get<std::uint64_t>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!value.is_string()) refuse(name, "a string", value);
      auto word = value.get<std::string>();
      (check_word(name, word, allowed), ...);
      return word;
    } else if constexpr (std::is_enum_v<T>) {
      const auto chosen =
          value.is_string() ? value_of(allowed..., value.get<std::string>()) : std::nullopt;
      if (!chosen) refuse(name, names_of(allowed...), value);
      return *chosen;
    } else {
      return read_number<T>(name, value, allowed...);
    }
  }

  void check_word(const char* name, const std::string& word, const Words& words) const {
    if (std::ranges::find(words, word) == words.end())
      refuse(name, fmt::format("{}", fmt::join(words, " or ")), word);
  }

  template <typename T, typename Number>
  T read_number(const char* name, const json& value, const Bounds<Number>& bounds) const {
    constexpr bool kWhole = std::is_integral_v<T>;
    using Wide = std::conditional_t<kWhole, std::int64_t, double>;
    const bool fits = (kWhole ? value.is_number_integer() : value.is_number()) &&
                      value.get<Wide>() >= bounds.low && value.get<Wide>() <= bounds.high;
    if (!fits)
      refuse(name,
             fmt::format("{} from {} to {}", kWhole ? "an integer" : "a number", bounds.low,
                         bounds.high),
             value);
    return value.get<T>();
  }

  const json& object_;
  std::string where_;
  std::set<std::string> asked_;
};

template <typename T>
T read_object(const json& value, const std::string& where) {
  Fields fields(value, where);
  T object;
  visit_fields(object, std::ref(fields));
  fields.end();
  return object;
}

}  // namespace

std::string config_json(const ModelConfig& config) { return to_json(config).dump(); }

std::string record_json(const TrainingRecord& record) { return to_json(record).dump(); }

std::string identity_json(const TrainingIdentity& identity) { return to_json(identity).dump(); }

std::string checkpoint_json(const CheckpointRecord& record) { return to_json(record).dump(); }

ModelConfig parse_model_config(const std::string& text, const std::string& where) {
  const json parsed = parse_strict_json(text, 5, false, where);
  auto config = read_object<ModelConfig>(parsed, where);
  const auto require = [&](bool holds, const char* what, const char* expected, const json& found) {
    if (!holds) refuse_file(where, what, expected, found.dump());
  };
  require(config.kinds.size() == kTokenKinds, "\"kinds\"", "three integers", parsed["kinds"]);
  const json& networks = parsed["ensemble"]["networks"];
  std::size_t linear = 0;
  double shares = 0;
  for (const auto& [columns, hidden, members, share, form] : config.ensemble.networks) {
    const bool is_linear = hidden.empty();
    linear += is_linear;
    shares += share * static_cast<double>(members);
    require(columns.size() == 2 && columns[0] < columns[1], "the \"columns\" of a network",
            "two increasing integers", columns);
    require(is_linear || hidden.size() == 2, "the \"hidden\" of a network", "none or two integers",
            hidden);
    require(!is_linear || members == 1, "the \"members\" of a linear network", "1", members);
  }
  require(!config.ensemble.networks.empty() && linear <= 1, "\"networks\"",
          "at least one, at most one of them linear", networks);
  require(std::abs(shares - 1) < 1e-6, "the \"share\" of all members", "a sum of 1", shares);
  return config;
}

CheckpointRecord parse_checkpoint_record(const std::string& text, const std::string& where) {
  auto record = read_object<CheckpointRecord>(parse_strict_json(text, 6, false, where), where);
  if (record.identity.refit != record.first.has_value())
    refuse_file(where, "\"first\"", "the training before a refit, and only there",
                record.first ? "one" : "none");
  return record;
}

TrainingRecord parse_training_record(const std::string& text, const std::string& where) {
  return read_object<TrainingRecord>(parse_strict_json(text, 4, false, where), where);
}

}  // namespace newsclf
