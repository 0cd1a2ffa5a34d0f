// SPDX-License-Identifier: MIT
#include "model/strict_json.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

using nlohmann::json;

constexpr std::int64_t kMaxInteger = std::int64_t{1} << 48;

/// Follows a JSON text by its events and notes the first rule that is broken.
class JsonRules : public nlohmann::json_sax<json> {
 public:
  JsonRules(int max_depth, bool integers_only)
      : max_depth_(max_depth), integers_only_(integers_only) {}

  std::string broken;

  bool null() override { return value() && refuse("a null"); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t n) override {
    return value() && (!integers_only_ || refuse(fmt::format("the signed number {}", n)));
  }
  bool number_unsigned(number_unsigned_t n) override {
    return value() && (!integers_only_ || n <= static_cast<std::uint64_t>(kMaxInteger) ||
                       refuse(fmt::format("the number {}, over 2^48", n)));
  }
  bool number_float(number_float_t, const string_t& text) override {
    return value() &&
           (!integers_only_ || refuse("the number " + text + ", which is no integer up to 2^48"));
  }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return refuse("binary data"); }
  bool start_object(std::size_t) override {
    keys_.emplace_back();
    return ++depth_ <= max_depth_ || refuse(fmt::format("more than {} levels", max_depth_));
  }
  bool key(string_t& name) override {
    return keys_.back().insert(name).second || refuse("the key \"" + name + "\" twice");
  }
  bool end_object() override {
    keys_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    return value() &&
           (++depth_ <= max_depth_ || refuse(fmt::format("more than {} levels", max_depth_)));
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return refuse(fmt::format("a syntax error at its byte {}", position));
  }

 private:
  bool value() { return depth_ > 0 || refuse("no object"); }
  bool refuse(std::string what) {
    broken = std::move(what);
    return false;
  }

  int max_depth_;
  bool integers_only_;
  int depth_ = 0;
  std::vector<std::set<std::string>> keys_;
};

}  // namespace

void check_json(std::string_view text, int max_depth, bool integers_only,
                const std::string& where) {
  JsonRules rules(max_depth, integers_only);
  if (!json::sax_parse(text, &rules))
    throw Error(where,
                "expected a JSON object by the rules of the model file, found " + rules.broken,
                "the file is damaged or was not written by newsclf");
}

}  // namespace newsclf
