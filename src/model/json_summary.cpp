// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "model/model_config.hpp"
#include "newsclf/model/classifier.hpp"

namespace newsclf {

std::string json_summary(const ModelSummary& model, bool verified) {
  const NetworkShape& shape = model.shape;
  const auto config = nlohmann::ordered_json::parse(
      to_json(ModelConfig{model.options, shape.hidden1, shape.hidden2, shape.members}));
  nlohmann::ordered_json out;
  out["file"] = {{"bytes", model.file_bytes},
                 {"digest", model.digest},
                 {"format_version", kModelFormatVersion},
                 {"newsclf_version", model.newsclf_version}};
  out["text"] = config["text"];
  out["vocabulary"] = {{"tokens", shape.inputs}};
  out["vocabulary"].update(config["vocabulary"]);
  out["weighting"] = config["weighting"];
  out["network"] = {{"members", shape.members},
                    {"inputs", shape.inputs},
                    {"hidden", {shape.hidden1, shape.hidden2}},
                    {"labels", shape.labels}};
  out["labels"] = nlohmann::ordered_json::array();
  for (std::int32_t l = 0; l < model.labels.size(); ++l)
    out["labels"].push_back(
        {{"label", model.labels.to_label(l)},
         {"documents", model.training.label_documents[static_cast<std::size_t>(l)]}});
  out["training"] = nlohmann::ordered_json::parse(to_json(model.training));
  out["temperature"] = model.temperature;
  if (verified) out["verified"] = true;
  return out.dump(2) + "\n";
}

}  // namespace newsclf
