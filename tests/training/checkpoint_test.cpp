// SPDX-License-Identifier: MIT
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "newsclf/error/error.hpp"
#include "training/small_training.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// A state that owns its arrays.
struct OwnState {
  explicit OwnState(const TrainingState& other) : state(other) {
    for (Tensor& tensor : state.arrays) {
      memory.emplace_back(tensor.bytes.begin(), tensor.bytes.end());
      tensor.bytes = memory.back();
    }
  }
  TrainingState state;
  std::list<std::vector<std::byte>> memory;
};

/// Keeps every state, and begins with `from`.
struct States : TrainingCheckpoints {
  const TrainingState* from = nullptr;
  std::vector<std::unique_ptr<OwnState>> kept;

  const TrainingState* begin() override { return from; }
  bool is_due() override { return true; }
  void save(const TrainingState& state) override {
    kept.push_back(std::make_unique<OwnState>(state));
  }
};

constexpr std::int64_t kWords = 80;

struct Documents {
  Labelled train = random_documents(150, kWords, kLabels, 1);
  Labelled held_out = random_documents(40, kWords, kLabels, 2);

  TrainingData data(bool holds_out) const {
    TrainingData data{train, std::nullopt, kWords, kLabels, {1, 2, 0.5, 1}};
    if (holds_out) data.held_out.emplace(LabelledRows(held_out));
    data.linear_inputs = ColumnRange{10, kWords};
    data.perceptron_inputs = {{0, 60}, {20, kWords}};
    return data;
  }
};

TrainingOptions many_options() {
  TrainingOptions options = small_options();
  options.batch_size = 2;  // 75 steps: three checkpoints per epoch
  options.epochs = 3;
  options.members = 2;
  options.dropout = 0.3;
  options.word_dropout = 0.1;
  options.weight_decay = 0.5;
  options.lr = 0.002;
  options.lr_schedule = LrSchedule::kLinear;
  return options;
}

TrainingResult train_from(const TrainingData& data, const TrainingOptions& options,
                          TrainingCheckpoints* checkpoints, int threads = 2) {
  Workers workers(threads);
  return train_ensemble(data, options, kCpu, workers, no_observer, checkpoints);
}

void require_same(const TrainingResult& result, const TrainingResult& expected) {
  CHECK((result.epochs == expected.epochs));
  CHECK(result.best_epoch == expected.best_epoch);
  CHECK(same_bytes(result.ensemble, expected.ensemble));
}

}  // namespace

TEST_CASE("training from any checkpoint ends with the weights of an uninterrupted one") {
  const Documents documents;
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
  const Documents documents;
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
