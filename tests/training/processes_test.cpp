// SPDX-License-Identifier: MIT
// Trainings that several processes share.
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "support/thread_group.hpp"
#include "training/kept_states.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// The results of all processes; `begin`, if not null, is the state to go on with.
std::vector<TrainingResult> train_shared(int processes, const TrainingData& data,
                                         const TrainingOptions& options, States* states = nullptr,
                                         const TrainingState* begin = nullptr) {
  std::vector<TrainingResult> results(static_cast<std::size_t>(processes));
  run_processes(processes, [&](ProcessGroup& group) {
    Workers workers(group.rank() + 1);
    States own;
    own.from = begin;
    States* const kept = states != nullptr && group.rank() == 0 ? states : &own;
    results[static_cast<std::size_t>(group.rank())] =
        train_ensemble(data, options, kCpu, workers, no_observer,
                       states != nullptr || begin != nullptr ? kept : nullptr, &group);
  });
  return results;
}

void require_close_weights(const Ensemble& result, const Ensemble& expected) {
  REQUIRE(result.networks.size() == expected.networks.size());
  for (std::size_t n = 0; n < expected.networks.size(); ++n) {
    CHECK(result.networks[n].first_column == expected.networks[n].first_column);
    require_close(result.networks[n].first_weight, expected.networks[n].first_weight, 1e-4);
    require_close(result.networks[n].output_weight, expected.networks[n].output_weight, 1e-4);
  }
}

}  // namespace

TEST_CASE("several processes train the ensemble of one, up to rounding") {
  const ManyDocuments documents;
  for (const auto& optimizer : kOptimizers)
    for (const bool holds_out : {false, true}) {
      TrainingOptions options = many_options();
      options.optimizer = optimizer.value;
      const TrainingData data = documents.data(holds_out);
      const TrainingResult expected = train_from(data, options, nullptr);
      for (const int processes : {2, 3}) {
        INFO(optimizer.name << ", " << processes << " processes");
        const std::vector<TrainingResult> results = train_shared(processes, data, options);
        for (const TrainingResult& result : results) {
          CHECK((result.epochs == results[0].epochs));
          CHECK(same_bytes(result.ensemble, results[0].ensemble));
        }
        require_close_weights(results[0].ensemble, expected.ensemble);
        for (std::size_t e = 0; e < expected.epochs.size(); ++e) {
          CHECK(results[0].epochs[e].loss == Approx(expected.epochs[e].loss).epsilon(1e-5));
          CHECK(results[0].epochs[e].valid_loss.value_or(0) ==
                Approx(expected.epochs[e].valid_loss.value_or(0)).epsilon(1e-5));
        }
      }
    }
}

TEST_CASE("more processes than columns train too") {
  const Labelled documents = eight_documents();
  const TrainingData data{documents, std::nullopt, kInputs, kLabels};
  const TrainingResult expected = train_on_cpu(data, small_options());
  require_close_weights(train_shared(8, data, small_options())[0].ensemble, expected.ensemble);
}

TEST_CASE("several processes go on from a state that one of them keeps for all") {
  const ManyDocuments documents;
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    TrainingOptions options = many_options();
    options.optimizer = optimizer.value;
    const TrainingData data = documents.data(false);
    States states;
    const std::vector<TrainingResult> expected = train_shared(2, data, options, &states);
    REQUIRE(states.kept.size() >= 6);
    for (const std::size_t place : {std::size_t{1}, states.kept.size() / 2}) {
      const auto results = train_shared(2, data, options, nullptr, &states.kept[place]->state);
      for (const TrainingResult& result : results) require_same(result, expected[0]);
    }
  }
}

TEST_CASE("processes whose losses differ end the training") {
  struct Liar : ThreadGroup {
    using ThreadGroup::ThreadGroup;
    std::vector<std::string> gather(std::string_view bytes) override {
      std::string own(bytes);
      if (rank() == 1 && own.size() == sizeof(double)) own[0] = static_cast<char>(own[0] ^ 1);
      return ThreadGroup::gather(own);
    }
  };
  const ManyDocuments documents;
  const TrainingData data = documents.data(false);
  MeetingPoint point(2);
  std::vector<std::string> messages(2);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < 2; ++rank)
    threads.emplace_back([&, rank] {
      Workers workers(1);
      Liar group(point, rank, 2);
      try {
        train_ensemble(data, many_options(), kCpu, workers, no_observer, nullptr, &group);
      } catch (const Error& error) {
        messages[static_cast<std::size_t>(rank)] = error.what();
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(messages[0] ==
        "training: the processes do not compute the same loss; start the same command in all "
        "processes, on machines of one kind");
}
