// SPDX-License-Identifier: MIT
// Small models with weights in every form, and one of each kind as a file to edit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/edited_model.hpp"
#include "newsclf/model/packed_rows.hpp"
#include "newsclf/parallel/random.hpp"

namespace newsclf::testing {

using Floats = std::vector<float>;

inline Floats random_floats(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  Floats floats(count);
  for (float& number : floats) number = 2 * random.uniform() - 1;
  return floats;
}

/// `network` with its first layer in another form; with a low rank, the numbers of a row are the
/// first `rank` of the weights, and the basis is random.
inline Network packed(const Network& network, WeightForm form, std::size_t rank = 2) {
  struct Owner {
    PackedArrays arrays;
    std::shared_ptr<const void> others;
  };
  auto owner = std::make_shared<Owner>();
  owner->others = network.owner;
  PackedArrays& arrays = owner->arrays;
  const auto width = static_cast<std::size_t>(network.shape.width());
  if (form != WeightForm::kLowRank) rank = width;
  if (form == WeightForm::kF16) {
    arrays.halves = to_halves(network.first_weight);
  } else {
    Floats rows;
    for (std::size_t i = 0; i < network.first_weight.size(); ++i)
      if (i % width < rank) rows.push_back(network.first_weight[i]);
    quantize(rows, rank, arrays);
    if (form == WeightForm::kLowRank) arrays.basis = random_floats(rank * width, 3);
  }
  Network result = network;
  result.first_weight = {};
  result.packed = {rank, arrays.halves, arrays.bytes, arrays.scale, arrays.basis};
  result.owner = std::move(owner);
  return result;
}

inline Classifier tiny_packed(WeightForm form) {
  Classifier classifier = tiny_with_linear();
  for (Network& network : classifier.ensemble.networks)
    network = packed(network, form, network.shape.is_linear() ? 1 : 2);
  return classifier;
}

/// `tiny_of_all_kinds` with everything else that a model may have: tokens weighted by tfidf and nb,
/// a temperature and thresholds.
inline Classifier tiny_with_all_tensors() {
  Classifier classifier = tiny_of_all_kinds();
  VectorizerOptions options = classifier.vectorizer.options();
  options.weighting = {Weighting::kTfidf, Norm::kL2, 30, TokenScale::kNb};
  const auto factors = std::make_shared<const Floats>(4, 1.5f);
  classifier.vectorizer = Vectorizer(options, classifier.vectorizer.vocabulary(), {1, 2, 1},
                                     {*factors, *factors}, factors);
  classifier.thresholds.per_label = true;
  classifier.thresholds.values = {0.25f, kNeverAnswered};
  classifier.ensemble.rescales_parts = true;
  return classifier;
}

struct KindOfModel {
  const char* name;
  ModelFile file;
};

/// Together they have all tensors that a model may have.
inline std::vector<KindOfModel> kinds_of_models() {
  return {{"all tensors but packed ones", ModelFile(tiny_with_all_tensors())},
          {"one network", ModelFile()},
          {"low rank", ModelFile(tiny_packed(WeightForm::kLowRank))},
          {"i8", ModelFile(tiny_packed(WeightForm::kI8))},
          {"f16", ModelFile(tiny_packed(WeightForm::kF16))}};
}

}  // namespace newsclf::testing
