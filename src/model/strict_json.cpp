// SPDX-License-Identifier: MIT
#include "model/strict_json.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxInteger = std::uint64_t{1} << 48;
constexpr const char* kDamaged = "the file is damaged or was not written by newsclf";

/// Handles the events of a JSON parser and records the first violated rule.
class JsonRules : public nlohmann::json_sax<json> {
 public:
  JsonRules(int max_depth, bool integers_only)
      : max_depth_(static_cast<std::size_t>(max_depth)), integers_only_(integers_only) {}

  std::string broken;

  bool null() override { return value("a null"); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t n) override {
    return value(integers_only_ ? fmt::format("the signed number {}", n) : "");
  }
  bool number_unsigned(number_unsigned_t n) override {
    const bool large = integers_only_ && n > kMaxInteger;
    return value(large ? fmt::format("the number {}, over 2^48", n) : "");
  }
  bool number_float(number_float_t, const string_t& text) override {
    return value(integers_only_ ? "the number " + text + ", not an integer up to 2^48" : "");
  }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return value("binary data"); }
  bool start_object(std::size_t) override { return enter(); }
  bool key(string_t& name) override {
    return note(keys_.back().insert(name).second ? "" : "the key \"" + name + "\" twice");
  }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return value() && enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return note(fmt::format("a syntax error at byte {} of the JSON", position));
  }

 private:
  /// @param wrong what is wrong with the value; empty: nothing
  bool value(std::string wrong = {}) {
    return note(keys_.empty() ? "a value that is not an object" : std::move(wrong));
  }
  bool note(std::string wrong) {
    broken = std::move(wrong);
    return broken.empty();
  }
  bool enter() {
    keys_.emplace_back();
    return note(keys_.size() > max_depth_ ? fmt::format("more than {} levels", max_depth_) : "");
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }

  std::size_t max_depth_;
  bool integers_only_;
  std::vector<std::set<std::string>> keys_;  // per level; empty for an array
};

}  // namespace

json parse_strict_json(std::string_view text, int max_depth, bool integers_only,
                       const std::string& where) {
  JsonRules rules(max_depth, integers_only);
  if (!json::sax_parse(text, &rules))
    throw Error(where,
                "expected a JSON object that obeys the rules of model files, found " + rules.broken,
                kDamaged);
  return json::parse(text);
}

void refuse_file(const std::string& where, const std::string& place, const std::string& expected,
                 const std::string& found) {
  throw Error(where, fmt::format("{}: expected {}, found {}", place, expected, found), kDamaged);
}

}  // namespace newsclf
