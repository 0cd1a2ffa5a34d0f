// SPDX-License-Identifier: MIT
// The JSON format of all reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/model/network.hpp"

namespace newsclf {

inline void to_json(nlohmann::ordered_json& out, const Interval& interval) {
  out = {interval.low, interval.high};
}
inline void to_json(nlohmann::ordered_json& out, const Scores& scores) {
  out = {{"precision", scores.precision}, {"recall", scores.recall}, {"f1", scores.f1}};
}
inline void to_json(nlohmann::ordered_json& out, const ReliabilityBin& bin) {
  out = {{"low", bin.low},
         {"high", bin.high},
         {"documents", bin.documents},
         {"mean_probability", bin.mean_probability},
         {"accuracy", bin.accuracy}};
}

/// {"label", "precision", "recall", "f1", "support"} of a label.
inline nlohmann::ordered_json label_json(const Evaluation& evaluation, std::int32_t label) {
  nlohmann::ordered_json out = {{"label", evaluation.labels.to_label(label)}};
  out.update(nlohmann::ordered_json(evaluation.metrics.labels[static_cast<std::size_t>(label)]));
  out["support"] = evaluation.matrix.support(label);
  return out;
}

/// {"members", "inputs", "hidden", "weights", "numbers_per_input"}
inline nlohmann::ordered_json network_json(const Network& network) {
  const NetworkShape& shape = network.shape;
  auto hidden = nlohmann::ordered_json::array();
  if (!shape.is_linear()) hidden = {shape.hidden1, shape.hidden2};
  return {{"members", shape.members},
          {"inputs", shape.inputs},
          {"hidden", hidden},
          {"weights", name_of(kWeightForms, network.packed.form())},
          {"numbers_per_input", network.row_size()}};
}

/// Invalid UTF-8, which file names may contain, becomes U+FFFD.
/// @param indent spaces per level; -1: all on one line
inline std::string json_text(const nlohmann::ordered_json& value, int indent = 2) {
  return value.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace newsclf
