// SPDX-License-Identifier: MIT
// The two JSON strings in a model file's metadata: `config`, all that shapes text and network, and
// `training`, how the model was made. An example of each:
//
//   {"text":{"post_headers":true,"strip_quotes":false,"strip_footers":false,"subject_weight":5,
//            "keep_case":false,"token_pattern":"words","min_ngram":1,"max_ngram":1,
//            "min_char_ngram":0,"max_char_ngram":0,"columns":[]},
//    "vocabulary":{"min_df":1,"max_df":1.0,"max_features":0,"stop_words":"none"},
//    "weighting":{"weighting":"tfidf","norm":"l2","input_norm":30.0,"token_scale":"none"},
//    "network":{"hidden":[100,100],"members":3,"calibrated":true}}
//
//   {"options":{"optimizer":"row-adam","epochs":10,"batch_size":32,"lr":0.001,
//               "lr_schedule":"linear","dropout":0.5,"word_dropout":0.0,"weight_decay":1.0,
//               "label_smoothing":0.0,"patience":0,"seed":0},
//    "set_by_data":["epochs","batch-size"],"class_weight":"none",
//    "documents":1774,"held_out":0,"empty":0,"repaired":2,"label_documents":[584,…],
//    "data_digest":"…","libtorch_version":"2.13.0","best_epoch":10,
//    "epochs":[{"epoch":1,"loss":0.9,"lr":0.001,"valid_loss":0.5,"valid_accuracy":0.91},…],
//    "validation_epochs":[…]}
//
// Which fields there are, and what they may hold, is listed in option_fields.hpp.
#pragma once

#include <string>
#include <utility>

#include "newsclf/features/vectorizer.hpp"
#include "newsclf/model/training_record.hpp"

namespace newsclf {

/// The options of the vectorizer, the sizes of the hidden layers, the number of networks, whether
/// there is a temperature.
struct ModelConfig {
  VectorizerOptions vectorizer;
  std::int64_t hidden1 = 0;
  std::int64_t hidden2 = 0;
  std::int64_t members = 1;
  bool calibrated = false;
};

std::string config_json(const ModelConfig& config);
std::string record_json(const TrainingRecord& record);

/// @throws Error at `where` for a missing or unknown field, a wrong type, a word that is none of an
/// enumeration's, a number out of range
ModelConfig parse_model_config(const std::string& text, const std::string& where);
/// @throws Error as above
TrainingRecord parse_training_record(const std::string& text, const std::string& where);

}  // namespace newsclf
