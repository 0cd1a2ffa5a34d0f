// SPDX-License-Identifier: MIT
#include "corpus/records/bounded_json.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

using nlohmann::json;

/// Builds a value from the events of the parser (see nlohmann::json_sax). Each returns whether to
/// continue.
class ValueBuilder : public nlohmann::json_sax<json> {
 public:
  ValueBuilder(std::size_t longest, std::size_t most_values, JsonProblem& problem)
      : longest_(longest), values_left_(most_values), problem_(problem) {}

  json& value() { return value_; }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override { return add(value); }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool binary(json::binary_t&) override { return false; }  // not in JSON text
  bool string(std::string& value) override { return add(std::string(cut_to(value, longest_))); }
  bool key(std::string& name) override {
    key_ = std::string(cut_to(name, longest_));
    return true;
  }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t place, const std::string&,
                   const nlohmann::detail::exception& error) override {
    constexpr int kOutOfRange = 400;  // and above: the exceptions json::out_of_range
    problem_.kind = error.id > kOutOfRange ? JsonProblem::kLargeNumber : JsonProblem::kSyntax;
    problem_.place = std::max<std::size_t>(place, 1) - 1;
    return false;
  }

 private:
  bool add(json value) {
    if (values_left_ == 0) {
      problem_.kind = JsonProblem::kManyValues;
      return false;
    }
    --values_left_;
    last_ = &value_;
    if (!open_.empty() && open_.back()->is_array()) {
      open_.back()->push_back(nullptr);
      last_ = &open_.back()->back();
    } else if (!open_.empty()) {
      last_ = &(*open_.back())[key_];
    }
    *last_ = std::move(value);
    return true;
  }
  bool open(json container) {
    if (!add(std::move(container))) return false;
    open_.push_back(last_);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::size_t longest_, values_left_;
  JsonProblem& problem_;
  json value_;
  json* last_ = nullptr;     // the value added last
  std::vector<json*> open_;  // arrays and objects around the next value, outermost first
  std::string key_;          // of the next value in an object
};

}  // namespace

json parse_bounded(std::string_view text, std::size_t longest, std::size_t most_values,
                   JsonProblem& problem) {
  problem = {};
  ValueBuilder builder(longest, most_values, problem);
  json::sax_parse(text, &builder);
  return std::move(builder.value());
}

}  // namespace newsclf
