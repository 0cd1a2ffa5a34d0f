// SPDX-License-Identifier: MIT
#include "newsclf/report/compression_report.hpp"

#include <fmt/format.h>

#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/report/model_report.hpp"
#include "newsclf/report/numbers.hpp"
#include "report/json_text.hpp"

namespace newsclf {
namespace {

std::string networks_text(const ModelSummary& model) {
  std::string out;
  for (const Network& network : model.ensemble.networks)
    out += (out.empty() ? "" : "; ") + describe_network(network);
  return out;
}

nlohmann::ordered_json json_of(const SizedModel& sized, bool is_scored) {
  nlohmann::ordered_json out = {{"bytes", sized.bytes},
                                {"tokens", sized.model.tokens},
                                {"networks", nlohmann::ordered_json::array()}};
  for (const Network& network : sized.model.ensemble.networks)
    out["networks"].push_back(network_json(network));
  if (is_scored) out["accuracy"] = sized.accuracy;
  return out;
}

}  // namespace

std::string text_report(const Compression& compression) {
  const auto& [before, after, documents, changed] = compression;
  std::string out = fmt::format(
      "size      {} -> {}\ntokens    {} -> {}\nnetworks  {}\n       -> {}\n",
      file_size(before.bytes), file_size(after.bytes), with_commas(before.model.tokens),
      with_commas(after.model.tokens), networks_text(before.model), networks_text(after.model));
  if (documents == 0) return out;
  return out + fmt::format("accuracy  {} -> {} % of {}\nanswers   {} changed ({} %)\n",
                           percent(before.accuracy), percent(after.accuracy),
                           counted(documents, "document"), with_commas(changed),
                           percent(ratio(changed, documents)));
}

std::string json_report(const Compression& compression) {
  const bool is_scored = compression.documents > 0;
  nlohmann::ordered_json out = {{"before", json_of(compression.before, is_scored)},
                                {"after", json_of(compression.after, is_scored)}};
  if (is_scored) {
    out["documents"] = compression.documents;
    out["changed"] = compression.changed;
  }
  return json_text(out) + "\n";
}

}  // namespace newsclf
