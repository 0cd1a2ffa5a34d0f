// SPDX-License-Identifier: MIT
// Runs trainings with the binary and reads their results.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "support/support.hpp"

namespace newsclf::testing {

/// Trains a small network on the sample corpus for a few epochs.
inline Outcome train(const std::string& model, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"train", sample_data() + "/train", "-o", model, "--hidden",
                                        "16,8"};
  if (std::ranges::find(more, "--epochs") == more.end()) more.insert(more.end(), {"--epochs", "8"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_newsclf(arguments);
}

/// The objects of a --log file.
inline std::vector<nlohmann::json> read_log(const std::string& path) {
  std::vector<nlohmann::json> lines;
  std::istringstream file(read_file(path));
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

/// The first column of the output of predict.
inline std::vector<std::string> labels_in(const std::string& answers) {
  std::vector<std::string> labels;
  std::istringstream lines(answers);
  for (std::string line; std::getline(lines, line);)
    labels.push_back(line.substr(0, line.find('\t')));
  return labels;
}

/// Returns whether two model files contain the same vocabulary and networks, bit by bit; ignores
/// temperatures and training records.
inline bool same_weights(const std::string& one, const std::string& other) {
  const Classifier a = load_model(one), b = load_model(other);
  const auto same = [](std::span<const float> x, std::span<const float> y) {
    return std::ranges::equal(std::as_bytes(x), std::as_bytes(y));
  };
  const auto same_networks = [&](const Network& m, const Network& n) {
    return m.shape == n.shape && same(m.first_weight, n.first_weight) &&
           same(m.first_bias, n.first_bias) && same(m.hidden2_weight, n.hidden2_weight) &&
           same(m.hidden2_bias, n.hidden2_bias) && same(m.output_weight, n.output_weight) &&
           same(m.output_bias, n.output_bias);
  };
  const ColumnFactors f = a.vectorizer.factors(), g = b.vectorizer.factors();
  return std::ranges::equal(a.vectorizer.vocabulary().bytes(), b.vectorizer.vocabulary().bytes()) &&
         same(f.idf, g.idf) && same(f.token_scale, g.token_scale) &&
         std::ranges::equal(a.ensemble.networks, b.ensemble.networks, same_networks);
}

inline double accuracy_of(const std::string& model) {
  const Outcome outcome = run_newsclf({"eval", model, sample_data() + "/test", "--json", "-"});
  REQUIRE(outcome.status == 0);
  return nlohmann::json::parse(outcome.out)["accuracy"];
}

}  // namespace newsclf::testing
