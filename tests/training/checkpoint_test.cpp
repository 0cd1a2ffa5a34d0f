// SPDX-License-Identifier: MIT
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "newsclf/error/error.hpp"
#include "training/kept_states.hpp"

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("training from any checkpoint ends with the weights of an uninterrupted one") {
  const ManyDocuments documents;
  for (const auto& optimizer : kOptimizers)
    for (const std::int64_t patience : {0, 1}) {
      INFO(optimizer.name << ", patience " << patience);
      TrainingOptions options = many_options();
      options.optimizer = optimizer.value;
      options.patience = patience;
      if (patience > 0) options.epochs = 8;
      const TrainingData data = documents.data(patience > 0);
      const TrainingResult expected = train_from(data, options, nullptr);
      States states;
      require_same(train_from(data, options, &states), expected);
      REQUIRE(states.kept.size() >= 6);
      for (const auto& kept : states.kept) {
        INFO("epoch " << kept->state.epoch << ", step " << kept->state.step);
        States from;
        from.from = &kept->state;
        require_same(train_from(data, options, &from, 1), expected);
      }
    }
}

TEST_CASE("training goes on at the lowered rate after it diverged") {
  const Labelled documents = random_documents(150, kWords, kLabels, 1);
  TrainingOptions options = many_options();
  options.lr = 1e18;
  options.weight_decay = 0;
  const TrainingData data{documents, std::nullopt, kWords, kLabels};
  const TrainingResult expected = train_from(data, options, nullptr);
  States states;
  train_from(data, options, &states);
  std::size_t lowered = 0;
  for (const auto& kept : states.kept) {
    lowered += kept->state.lowered_from > 0;
    States from;
    from.from = &kept->state;
    const TrainingResult result = train_from(data, options, &from);
    CHECK(result.diverged_in_epoch == expected.diverged_in_epoch);
    if (!expected.diverged_in_epoch) require_same(result, expected);
  }
  CHECK(lowered > 0);
}

TEST_CASE("a state that cannot belong to the training is refused") {
  const ManyDocuments documents;
  const TrainingData data = documents.data(false);
  States states;
  train_from(data, many_options(), &states);
  const auto refused_with = [&](const auto& change) {
    OwnState changed(states.kept.at(1)->state);
    change(changed);
    States from;
    from.from = &changed.state;
    CHECK_THROWS_AS(train_from(data, many_options(), &from), Error);
  };
  refused_with([](OwnState& own) { own.state.device = "cuda:0"; });
  refused_with([](OwnState& own) { own.state.epoch = 4; });
  refused_with([](OwnState& own) { own.state.step = 76; });
  refused_with([](OwnState& own) { own.state.step = -1; });
  refused_with([](OwnState& own) { own.state.epochs.emplace_back(); });
  refused_with([](OwnState& own) { own.state.arrays.pop_back(); });
  refused_with([](OwnState& own) { own.state.arrays.front().name += "x"; });
  refused_with([](OwnState& own) { own.state.arrays.front().shape.front() += 1; });
  refused_with([](OwnState& own) { own.state.arrays.front().dtype = Dtype::kF64; });
  refused_with([](OwnState& own) {  // the order of the documents
    REQUIRE(own.state.arrays.front().name == "order");
    own.memory.front().front() = std::byte{200};
  });
}
