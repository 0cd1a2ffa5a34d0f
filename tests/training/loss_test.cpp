// SPDX-License-Identifier: MIT
#include "training/small_training.hpp"

#include <cmath>
#include <span>
#include <vector>

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("the loss of an epoch is the mean over its documents") {
  const Labelled documents = eight_documents();
  TrainingOptions options = small_options();  // batches of 3, 3 and 2
  options.lr = 0;
  const TrainingResult result = train(documents, options);
  const double expected = mean_cross_entropy(result.ensemble, documents);
  for (const EpochRecord& epoch : result.epochs)
    CHECK(epoch.loss == Approx(expected).epsilon(1e-5));
}

TEST_CASE("the loss of an ensemble's epoch is the mean over its members") {
  const Labelled documents = eight_documents();
  TrainingOptions options = small_options();
  options.members = 3;
  options.lr = 0;
  const TrainingResult result = train(documents, options);
  const Network network = only_network(result.ensemble);
  double sum = 0;
  for (std::size_t m = 0; m < 3; ++m) {
    std::vector<float> hidden1;  // this member's columns of the wide first layer
    for (std::size_t row = 0; row < kInputs; ++row) {
      const auto own = network.first_weight.subspan((3 * row + m) * 24, 24);
      hidden1.insert(hidden1.end(), own.begin(), own.end());
    }
    Network member = network;
    member.shape.members = 1;
    member.first_weight = hidden1;
    member.first_bias = network.first_bias.subspan(m * 24, 24);
    member.hidden2_weight = network.hidden2_weight.subspan(m * 12 * 24, 12 * 24);
    member.hidden2_bias = network.hidden2_bias.subspan(m * 12, 12);
    member.output_weight = network.output_weight.subspan(m * kLabels * 12, kLabels * 12);
    member.output_bias = network.output_bias.subspan(m * kLabels, kLabels);
    sum += mean_cross_entropy(member, documents);
  }
  CHECK(result.epochs.back().loss == Approx(sum / 3).epsilon(1e-5));
  CHECK(mean_cross_entropy(network, documents) < sum / 3);  // Jensen: the members differ
}

TEST_CASE("the training loss includes label smoothing and label weights") {
  const Labelled documents = eight_documents();
  TrainingOptions options = small_options();
  options.batch_size = 8;
  options.lr = 0;
  const Network network = only_network(train(documents, options).ensemble);
  options.label_smoothing = 0.2;
  const std::vector<float> label_weights = {1, 2, 0.5f, 4};
  // As in torch: a label with the share s of the target counts s times its weight, and the divisor
  // is the sum of the weights of the documents' labels.
  double sum = 0, weights = 0;
  for (std::size_t r = 0; r < documents.labels.size(); ++r) {
    const std::vector<float> logits = logits_of(network, documents.rows.row(r));
    for (std::int32_t label = 0; label < kLabels; ++label) {
      const double share = (label == documents.labels[r] ? 0.8 : 0) + 0.2 / kLabels;
      sum +=
          share * label_weights[static_cast<std::size_t>(label)] * cross_entropy_of(logits, label);
    }
    weights += label_weights[static_cast<std::size_t>(documents.labels[r])];
  }
  CHECK(train(documents, options, 0, label_weights).epochs.back().loss ==
        Approx(sum / weights).epsilon(1e-5));
}

TEST_CASE("of two labels with the same documents, the one with the larger weight is learned") {
  const Labelled documents = labelled({{0, {{0, 1}}}, {1, {{0, 1}}}});
  for (const std::int32_t heavier : {0, 1}) {
    TrainingOptions options = small_options();
    options.epochs = 30;
    std::vector<float> label_weights = {1, 1, 1, 1};
    label_weights[static_cast<std::size_t>(heavier)] = 4;
    CHECK(predicted(train(documents, options, 0, label_weights).ensemble, documents.rows) ==
          std::vector<std::int32_t>{heavier, heavier});
  }
}

TEST_CASE("label smoothing makes predictions less confident") {
  const Labelled documents = eight_documents();
  TrainingOptions options = small_options();
  options.epochs = 100;
  options.label_smoothing = 0.4;
  // The optimal probability of the label is 0.6 + 0.4 / 4.
  CHECK(mean_cross_entropy(train(documents, options).ensemble, documents) ==
        Approx(-std::log(0.7)).epsilon(0.05));
}
