// SPDX-License-Identifier: MIT
#include "newsclf/training/trainer.hpp"

#include "training/support.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

using namespace newsclf;
using namespace newsclf::testing;

namespace {

constexpr std::int64_t kInputs = 6, kLabels = 4;

/// No line separates labels 0 and 1: hidden units have to.
Labelled eight_documents() {
  return labelled({{0, {{0, 1}, {1, 1}}},
                   {0, {{2, 1}, {3, 1}}},
                   {1, {{0, 1}, {2, 1}}},
                   {1, {{1, 1}, {3, 1}}},
                   {2, {{4, 1}}},
                   {2, {{4, 1}, {0, 1}}},
                   {3, {{5, 1}}},
                   {3, {}}});
}

TrainingOptions small_options() {
  TrainingOptions options;
  options.hidden1 = 24;
  options.hidden2 = 12;
  options.dropout = 0;
  options.epochs = 2;
  options.batch_size = 3;
  options.lr = 0.02;
  options.lr_schedule = LrSchedule::kConstant;
  options.device = kCpu;
  return options;
}

TrainingResult train(const Labelled& documents, const TrainingOptions& options) {
  return train_mlp({documents, std::nullopt, kInputs, kLabels}, options, no_observer);
}

TrainingResult train_with(const Labelled& documents, const Labelled& held_out,
                          const TrainingOptions& options) {
  return train_mlp({documents, LabelledRows(held_out), kInputs, kLabels}, options, no_observer);
}

std::vector<std::int32_t> predicted(const Network& network, const SparseRows& rows) {
  NativeForward forward(network);
  std::vector<std::int32_t> labels;
  for (std::size_t r = 0; r < rows.size(); ++r)
    labels.push_back(decide(forward.logits(rows.row(r))).label);
  return labels;
}

/// Large enough that LibTorch shares the work out where it has several threads.
Network train_large(TrainingOptions options) {
  constexpr std::int64_t kManyInputs = 1500, kManyLabels = 20;
  const Labelled documents = random_documents(300, kManyInputs, kManyLabels, 7);
  options.epochs = 1;
  options.batch_size = 128;
  options.lr = 0.01;
  return train_mlp({documents, std::nullopt, kManyInputs, kManyLabels}, options, no_observer)
      .network;
}

}  // namespace

TEST_CASE("batch size and epochs are taken from the size of the data where they are not given") {
  struct Case {
    std::int64_t documents, labels, batch_size, epochs;
  };
  for (const Case& expected :
       {Case{0, 2, 16, 60}, Case{100, 2, 16, 60}, Case{1000, 5, 16, 20}, Case{1774, 3, 32, 10},
        Case{5000, 20, 64, 16}, Case{11314, 20, 128, 10}, Case{1000000, 2, 128, 10}}) {
    INFO(expected.documents << " documents, " << expected.labels << " labels");
    const TrainingOptions options = resolve_steps({}, expected.documents, expected.labels);
    CHECK(options.batch_size == expected.batch_size);
    CHECK(options.epochs == expected.epochs);
  }
  const TrainingOptions given =
      resolve_steps({.epochs = 3, .batch_size = 1000, .device = kCpu}, 100, 2);
  CHECK(given.epochs == 3);
  CHECK(given.batch_size == 1000);
}

TEST_CASE("the result tells the options that were used") {
  TrainingOptions options = small_options();
  options.epochs = 0;
  options.batch_size = 0;
  options.seed = 5;
  const TrainingResult result = train(eight_documents(), options);
  CHECK(result.options.epochs == 60);
  CHECK(result.options.batch_size == 16);
  CHECK(result.options.seed == 5);
  CHECK(result.epochs.size() == 60);
}

TEST_CASE("eight documents are learnt by heart") {
  const Labelled documents = eight_documents();
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    TrainingOptions options = small_options();
    options.optimizer = optimizer.value;
    options.epochs = 100;
    const TrainingResult result = train(documents, options);
    CHECK(predicted(result.network, documents.rows) == documents.labels);
    CHECK(result.epochs.size() == 100);
    CHECK(result.epochs.front().loss > 1);
    CHECK(result.epochs.back().loss < 0.1);
    CHECK_FALSE(result.diverged_in_epoch);
    CHECK(result.device == "cpu");
    CHECK(result.network.shape == NetworkShape{kInputs, 24, 12, kLabels});
  }
}

TEST_CASE("the same seed gives the same bytes, another seed gives others") {
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    const Network network = train_large({.optimizer = optimizer.value, .seed = 1, .device = kCpu});
    CHECK(same_bytes(train_large({.optimizer = optimizer.value, .seed = 1, .device = kCpu}),
                     network));
    CHECK_FALSE(same_bytes(train_large({.optimizer = optimizer.value, .seed = 2, .device = kCpu}),
                           network));
  }
}

TEST_CASE("the number of threads changes no byte") {
  for (const auto& optimizer : kOptimizers) {
    const Network network =
        train_large({.optimizer = optimizer.value, .threads = 1, .device = kCpu});
    for (const int threads : {2, 4}) {
      INFO(optimizer.name << ", " << threads << " threads");
      CHECK(same_bytes(
          train_large({.optimizer = optimizer.value, .threads = threads, .device = kCpu}),
          network));
    }
  }
}

TEST_CASE("the number of threads changes no byte of wide layers either") {
  // MKL may divide a product of 1024 terms among its threads, and so sum it in another order.
  const Network network =
      train_large({.hidden1 = 1024, .hidden2 = 300, .threads = 1, .device = kCpu});
  for (const int threads : {2, 4}) {
    INFO(threads << " threads");
    CHECK(same_bytes(
        train_large({.hidden1 = 1024, .hidden2 = 300, .threads = threads, .device = kCpu}),
        network));
  }
}

TEST_CASE("every document moves the weights, those of the last partial batch too") {
  // A column each, so that a row of the first layer has moved only if its document was learnt from.
  const Labelled documents =
      labelled({{0, {{0, 1}}}, {1, {{1, 1}}}, {2, {{2, 1}}}, {3, {{3, 1}}}, {0, {{4, 1}}}});
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    TrainingOptions options = small_options();
    options.optimizer = optimizer.value;
    options.batch_size = 4;
    options.epochs = 1;
    const Network learnt = train(documents, options).network;
    options.lr = 0;
    const Network first = train(documents, options).network;
    for (std::size_t column = 0; column < 5; ++column) {
      INFO("column " << column);
      CHECK_FALSE(std::ranges::equal(learnt.hidden1_weight.subspan(column * 24, 24),
                                     first.hidden1_weight.subspan(column * 24, 24)));
    }
    CHECK(std::ranges::equal(learnt.hidden1_weight.subspan(5 * 24, 24),
                             first.hidden1_weight.subspan(5 * 24, 24)));
  }
}

TEST_CASE("the seed draws the order of the documents") {
  // The bias correction lets a row move less where its first step is the optimiser's second.
  const Labelled documents = labelled({{0, {{0, 1}}}, {1, {{1, 1}}}});
  std::set<bool> first_came_first;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    TrainingOptions options = small_options();
    options.batch_size = 1;
    options.epochs = 1;
    options.seed = seed;
    const Network learnt = train(documents, options).network;
    options.lr = 0;
    const Network first = train(documents, options).network;
    std::array<float, 2> moved{};
    for (std::size_t i = 0; i < 2 * 24; ++i)
      moved[i / 24] =
          std::max(moved[i / 24], std::abs(learnt.hidden1_weight[i] - first.hidden1_weight[i]));
    first_came_first.insert(moved[0] > moved[1]);
  }
  CHECK(first_came_first.size() == 2);
}

TEST_CASE("the loss of an epoch is the mean over its documents") {
  const Labelled documents = eight_documents();
  TrainingOptions options = small_options();  // batches of 3, 3 and 2
  options.lr = 0;
  const TrainingResult result = train(documents, options);
  NativeForward forward(result.network);
  double sum = 0;
  for (std::size_t r = 0; r < documents.labels.size(); ++r) {
    const auto logits = forward.logits(documents.rows.row(r));
    double total = 0;
    for (const float logit : logits) total += std::exp(logit);
    sum += std::log(total) - logits[static_cast<std::size_t>(documents.labels[r])];
  }
  for (const EpochRecord& epoch : result.epochs) CHECK(epoch.loss == Approx(sum / 8).epsilon(1e-5));
}

TEST_CASE("the observer hears of every step and of every end of an epoch") {
  std::vector<std::string> heard;
  std::vector<double> losses;
  double elapsed_s = 0;
  const auto observer = [&](const TrainingProgress& progress) {
    heard.push_back(std::to_string(progress.epoch) + ": " + std::to_string(progress.documents) +
                    (progress.epoch_end ? " end" : ""));
    if (progress.epoch_end) losses.push_back(progress.epoch_end->loss);
    CHECK(progress.epochs == 2);
    CHECK(progress.elapsed_s >= elapsed_s);
    elapsed_s = progress.elapsed_s;
  };
  const Labelled documents = eight_documents();
  const TrainingResult result =
      train_mlp({documents, std::nullopt, kInputs, kLabels}, small_options(), observer);
  CHECK(heard == std::vector<std::string>{"1: 3", "1: 6", "1: 8", "1: 8 end",  //
                                          "2: 3", "2: 6", "2: 8", "2: 8 end"});
  REQUIRE(result.epochs.size() == 2);
  CHECK(result.epochs[0].epoch == 1);
  CHECK(result.epochs[1].epoch == 2);
  CHECK(losses == std::vector<double>{result.epochs[0].loss, result.epochs[1].loss});
}

TEST_CASE("held-out documents are scored after every epoch") {
  const Labelled documents = eight_documents();
  Labelled two_wrong = documents;
  two_wrong.labels[1] = 3;
  two_wrong.labels[6] = 0;
  TrainingOptions options = small_options();
  options.epochs = 100;
  CHECK(train_with(documents, documents, options).epochs.back().valid_accuracy == 1.0);
  const TrainingResult result = train_with(documents, two_wrong, options);
  CHECK(result.epochs.back().valid_accuracy == 0.75);
  for (const EpochRecord& epoch : result.epochs) CHECK(epoch.valid_accuracy.has_value());
}

TEST_CASE("the accuracy of an epoch is that of its network, without dropout") {
  const Labelled documents = eight_documents();
  TrainingOptions options = small_options();
  options.dropout = 0.9;
  options.epochs = 20;
  const TrainingResult result = train_with(documents, documents, options);
  const auto labels = predicted(result.network, documents.rows);
  double right = 0;
  for (std::size_t r = 0; r < labels.size(); ++r) right += labels[r] == documents.labels[r];
  CHECK(result.epochs.back().valid_accuracy == right / 8);
}

TEST_CASE("without held-out documents there is no accuracy") {
  for (const EpochRecord& epoch : train(eight_documents(), small_options()).epochs)
    CHECK_FALSE(epoch.valid_accuracy);
}

TEST_CASE("held-out documents change nothing that is learnt") {
  TrainingOptions options = small_options();
  options.dropout = 0.5;
  options.epochs = 4;
  const Labelled documents = eight_documents();
  const TrainingResult without = train(documents, options);
  const TrainingResult with =
      train_with(documents, random_documents(1500, kInputs, kLabels, 1), options);
  CHECK(same_bytes(with.network, without.network));
}

TEST_CASE("dropout takes part in training") {
  TrainingOptions options = small_options();
  const Network without = train(eight_documents(), options).network;
  options.dropout = 0.5;
  CHECK_FALSE(same_bytes(train(eight_documents(), options).network, without));
}

TEST_CASE("a linear schedule falls to zero over the whole training, a constant one stays") {
  // One step an epoch; of two steps, the second has half the rate. Up to it both trainings are one.
  TrainingOptions options = small_options();
  options.batch_size = 8;
  options.epochs = 1;
  const Network one = train(eight_documents(), options).network;
  options.epochs = 2;
  const Network constant = train(eight_documents(), options).network;
  options.lr_schedule = LrSchedule::kLinear;
  const Network linear = train(eight_documents(), options).network;

  std::vector<float> halved;
  for (std::size_t i = 0; i < one.output_weight.size(); ++i)
    halved.push_back((one.output_weight[i] + constant.output_weight[i]) / 2);
  require_close(linear.output_weight, halved, 1e-6);
  CHECK_FALSE(same_bytes(linear, constant));
}

TEST_CASE("a training that diverges keeps the network of the epoch before") {
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    TrainingOptions options = small_options();
    options.optimizer = optimizer.value;
    options.batch_size = 8;  // one step an epoch: the second one meets weights of 1e30
    options.lr = 1e30;
    options.epochs = 5;
    const TrainingResult diverged = train(eight_documents(), options);
    CHECK(diverged.diverged_in_epoch == 2);
    CHECK(diverged.epochs.size() == 1);
    options.epochs = 1;
    CHECK(same_bytes(diverged.network, train(eight_documents(), options).network));
  }
}

TEST_CASE("a training that diverges in its first epoch has no network") {
  TrainingOptions in_second_step = small_options();
  in_second_step.lr = 1e30;
  TrainingOptions in_last_step = small_options();  // the loss before it is finite
  in_last_step.lr = std::numeric_limits<double>::infinity();
  in_last_step.batch_size = 8;
  in_last_step.epochs = 1;
  for (const TrainingOptions& options : {in_second_step, in_last_step}) {
    INFO("rate " << options.lr);
    const TrainingResult diverged = train(eight_documents(), options);
    CHECK(diverged.diverged_in_epoch == 1);
    CHECK(diverged.epochs.empty());
    CHECK(diverged.network.shape == NetworkShape{});
    CHECK(diverged.network.hidden1_weight.empty());
    CHECK(diverged.network.owner == nullptr);
  }
}

TEST_CASE("the module's logits do not depend on the rows beside a row, nor on threads") {
  const Labelled documents = random_documents(2100, 60, kLabels, 5);  // more than two batches
  const Labelled taught = random_documents(100, 60, kLabels, 6);
  const Network network =
      train_mlp({taught, std::nullopt, 60, kLabels}, small_options(), no_observer).network;
  const std::vector<float> together = mlp_logits(network, documents.rows, kCpu, 1);
  std::vector<float> one_by_one;
  for (std::size_t r = 0; r < documents.rows.size(); ++r) {
    SparseRows row;
    row.append(documents.rows.row(r));
    const std::vector<float> logits = mlp_logits(network, row, kCpu, 1);
    one_by_one.insert(one_by_one.end(), logits.begin(), logits.end());
  }
  require_close(together, one_by_one, 1e-5);
  CHECK(mlp_logits(network, documents.rows, kCpu, 2) == together);
}

TEST_CASE("no rows have no logits") {
  const Network network = train(eight_documents(), small_options()).network;
  CHECK(mlp_logits(network, {}, kCpu, 1).empty());
}

TEST_CASE("a CUDA device that is not there is an error that names the option") {
  // Of no such index on any machine; where LibTorch has no CUDA at all, it says so.
  const DeviceChoice cuda{DeviceChoice::kCuda, 99};
  TrainingOptions options = small_options();
  options.device = cuda;
  const std::string message = error_of([&] { train(eight_documents(), options); });
  CHECK_THAT(message, Catch::Matchers::StartsWith("--device cuda:99: "));
  CHECK(error_of([&] { mlp_logits(tiny_classifier().network, {}, cuda, 1); }) == message);
}
