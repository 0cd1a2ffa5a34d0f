// SPDX-License-Identifier: MIT
#include "training/trainer.hpp"

#include "training/small_training.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <span>
#include <string>
#include <vector>

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// The logarithm of the factor by which a training multiplies a weight without a gradient.
double whole_decay(const TrainingOptions& options, std::int64_t documents) {
  const std::int64_t steps =
      options.epochs * ((documents + options.batch_size - 1) / options.batch_size);
  double logarithm = 0;
  for (std::int64_t step = 0; step < steps; ++step) {
    const double left = 1 - static_cast<double>(step) / static_cast<double>(steps);
    const double rate =
        options.lr_schedule == LrSchedule::kLinear ? *options.lr * left : *options.lr;
    logarithm += std::log1p(-rate * *options.weight_decay);
  }
  return logarithm;
}

/// Trains on data that is large enough for LibTorch to divide the work among threads.
Ensemble train_large(TrainingOptions options, int threads = 1) {
  constexpr std::int64_t kManyInputs = 1500, kManyLabels = 20;
  const Labelled documents = random_documents(300, kManyInputs, kManyLabels, 7);
  options.members = 3;
  options.weight_decay = 2;
  options.epochs = 2;
  options.batch_size = 128;
  options.lr = 0.01;
  return train_on_cpu({documents, std::nullopt, kManyInputs, kManyLabels}, options, no_observer,
                      threads)
      .ensemble;
}

}  // namespace

TEST_CASE("batch size, learning rate and epochs default to values for the size of the data") {
  struct Case {
    std::int64_t documents, labels, batch_size, epochs;
  };
  for (const Case& expected :
       {Case{0, 2, 32, 59}, Case{100, 2, 32, 57}, Case{400, 3, 32, 21}, Case{1000, 5, 32, 14},
        Case{1774, 3, 64, 5}, Case{1774, 7, 64, 7}, Case{5000, 20, 128, 6}, Case{8000, 2, 256, 5},
        Case{11314, 20, 256, 5}, Case{1000000, 2, 256, 5}}) {
    INFO(expected.documents << " documents, " << expected.labels << " labels");
    const TrainingOptions options = resolve_options({}, expected.documents, expected.labels);
    CHECK(options.batch_size == expected.batch_size);
    CHECK(options.epochs == expected.epochs);
    CHECK(*options.lr == Approx(2e-3 * std::sqrt(static_cast<double>(expected.batch_size) / 64)));
  }
  const TrainingOptions given = resolve_options({.epochs = 3, .batch_size = 1000}, 100, 2);
  CHECK(given.epochs == 3);
  CHECK(given.batch_size == 1000);
}

TEST_CASE("the result contains the options that were used") {
  TrainingOptions options = small_options();
  options.epochs = 0;
  options.batch_size = 0;
  options.members = 0;
  options.weight_decay.reset();
  options.seed = 5;
  const TrainingResult result = train(eight_documents(), options);
  CHECK(result.options.epochs == 59);
  CHECK(result.options.batch_size == 32);
  CHECK(result.options.members == 3);
  CHECK(result.options.weight_decay > 0);
  CHECK(result.options.seed == 5);
  CHECK(result.epochs.size() == 59);
  CHECK(result.best_epoch == 59);
  CHECK(only_network(result.ensemble).shape.members == 3);
}

TEST_CASE("training memorizes eight documents") {
  const Labelled documents = eight_documents();
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    TrainingOptions options = small_options();
    options.optimizer = optimizer.value;
    options.epochs = 100;
    const TrainingResult result = train(documents, options);
    CHECK(predicted(result.ensemble, documents.rows) == documents.labels);
    CHECK(result.epochs.size() == 100);
    CHECK(result.epochs.front().loss > 1);
    CHECK(result.epochs.back().loss < 0.1);
    CHECK_FALSE(result.diverged_in_epoch);
    CHECK(result.device == "cpu");
    CHECK(only_network(result.ensemble).shape == NetworkShape{kInputs, 24, 12, kLabels});
  }
}

TEST_CASE("the same seed gives the same bytes, and another seed gives other bytes") {
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    const Ensemble ensemble = train_large({.optimizer = optimizer.value, .seed = 1});
    CHECK(same_bytes(train_large({.optimizer = optimizer.value, .seed = 1}), ensemble));
    CHECK_FALSE(same_bytes(train_large({.optimizer = optimizer.value, .seed = 2}), ensemble));
  }
}

TEST_CASE("the trained bytes do not depend on the number of threads") {
  for (const auto& optimizer : kOptimizers) {
    const Ensemble ensemble = train_large({.optimizer = optimizer.value});
    for (const int threads : {2, 4}) {
      INFO(optimizer.name << ", " << threads << " threads");
      CHECK(same_bytes(train_large({.optimizer = optimizer.value}, threads), ensemble));
    }
  }
}

TEST_CASE("the trained bytes of wide layers do not depend on the number of threads") {
  // MKL may divide a product of 1024 terms among its threads, which changes the order of summation.
  const Ensemble ensemble = train_large({.hidden1 = 1024, .hidden2 = 300});
  for (const int threads : {2, 4}) {
    INFO(threads << " threads");
    CHECK(same_bytes(train_large({.hidden1 = 1024, .hidden2 = 300}, threads), ensemble));
  }
}

TEST_CASE("a training of a single step learns with the default weight decay") {
  for (const auto& optimizer : kOptimizers) {
    for (const auto& schedule : kLrSchedules) {
      INFO(optimizer.name << ", " << schedule.name);
      TrainingOptions options = small_options();
      options.optimizer = optimizer.value;
      options.lr_schedule = schedule.value;
      options.epochs = 1;
      options.batch_size = 8;
      options.weight_decay.reset();
      const Network network = only_network(train(eight_documents(), options).ensemble);
      CHECK(std::ranges::all_of(network.first_weight, [](float w) { return std::isfinite(w); }));
      CHECK(std::ranges::count(network.hidden2_weight, 0.0f) == 0);
      options.lr = 0;
      options.weight_decay = 0;
      const Network first = only_network(train(eight_documents(), options).ensemble);
      const auto largest = [](std::span<const float> weights) {
        return *std::ranges::max_element(weights);
      };
      CHECK(largest(network.hidden2_weight) > 0.4f * largest(first.hidden2_weight));
    }
  }
}

TEST_CASE("every document moves the weights, including those of the last partial batch") {
  // One column per document, so that a row of the first layer moves only if its document is used.
  const Labelled documents =
      labelled({{0, {{0, 1}}}, {1, {{1, 1}}}, {2, {{2, 1}}}, {3, {{3, 1}}}, {0, {{4, 1}}}});
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    TrainingOptions options = small_options();
    options.optimizer = optimizer.value;
    options.batch_size = 4;
    options.epochs = 1;
    const Network trained = only_network(train(documents, options).ensemble);
    options.lr = 0;
    const Network first = only_network(train(documents, options).ensemble);
    for (std::size_t column = 0; column < 5; ++column) {
      INFO("column " << column);
      CHECK_FALSE(std::ranges::equal(trained.first_weight.subspan(column * 24, 24),
                                     first.first_weight.subspan(column * 24, 24)));
    }
    CHECK(std::ranges::equal(trained.first_weight.subspan(5 * 24, 24),
                             first.first_weight.subspan(5 * 24, 24)));
  }
}

TEST_CASE("the seed determines the order of the documents") {
  // Bias correction makes a row move less if its first step is the optimizer's second.
  const Labelled documents = labelled({{0, {{0, 1}}}, {1, {{1, 1}}}});
  std::set<bool> first_came_first;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    TrainingOptions options = small_options();
    options.batch_size = 1;
    options.epochs = 1;
    options.seed = seed;
    const Network trained = only_network(train(documents, options).ensemble);
    options.lr = 0;
    const Network first = only_network(train(documents, options).ensemble);
    std::array<float, 2> moved{};
    for (std::size_t i = 0; i < 2 * 24; ++i)
      moved[i / 24] =
          std::max(moved[i / 24], std::abs(trained.first_weight[i] - first.first_weight[i]));
    first_came_first.insert(moved[0] > moved[1]);
  }
  CHECK(first_came_first.size() == 2);
}

TEST_CASE("the members of an ensemble are different networks") {
  TrainingOptions options = small_options();
  options.members = 3;
  const Network network = only_network(train(eight_documents(), options).ensemble);
  CHECK(network.shape == NetworkShape{kInputs, 24, 12, kLabels, 3});
  const auto part = [](std::span<const float> values, std::size_t member) {
    const std::size_t size = values.size() / 3;
    return values.subspan(member * size, size);
  };
  for (std::size_t m = 1; m < 3; ++m) {
    CHECK_FALSE(
        std::ranges::equal(part(network.hidden2_weight, 0), part(network.hidden2_weight, m)));
    CHECK_FALSE(std::ranges::equal(part(network.output_weight, 0), part(network.output_weight, m)));
    CHECK_FALSE(std::ranges::equal(network.first_weight.subspan(0, 24),
                                   network.first_weight.subspan(m * 24, 24)));
  }
}

TEST_CASE("the total default weight decay depends on neither documents, rate nor batch size") {
  const double expected = whole_decay(resolve_options({}, 1000000, 4), 1000000);
  CHECK(expected < -0.2);
  CHECK(expected > -1);
  for (const auto& schedule : kLrSchedules) {
    for (const std::int64_t documents : {1, 100, 3000, 100000}) {
      for (const double lr : {1e-5, 1e-3, 10.0}) {
        const TrainingOptions options =
            resolve_options({.lr = lr, .lr_schedule = schedule.value}, documents, 4);
        INFO(schedule.name << ", " << documents << " documents at " << lr);
        CHECK(whole_decay(options, documents) == Approx(expected).epsilon(0.04));
      }
    }
  }
  CHECK(resolve_options({.weight_decay = 0.0}, 1000, 4).weight_decay == 0.0);
  CHECK(resolve_options({.weight_decay = 0.125}, 1000, 4).weight_decay == 0.125);
}

TEST_CASE("a weight without a gradient shrinks by the weight decay, applied late or not") {
  // No document contains column 5. Batches of one document give 5 steps per epoch.
  const Labelled documents =
      labelled({{0, {{0, 1}}}, {1, {{1, 1}}}, {2, {{2, 1}}}, {3, {{3, 1}}}, {0, {{4, 1}}}});
  for (const auto& optimizer : kOptimizers) {
    for (const auto& schedule : kLrSchedules) {
      for (const std::int64_t epochs : {1, 20}) {
        INFO(optimizer.name << ", " << schedule.name << ", " << epochs << " epochs");
        TrainingOptions options = small_options();
        options.optimizer = optimizer.value;
        options.lr_schedule = schedule.value;
        options.batch_size = 1;
        options.epochs = epochs;
        options.weight_decay.reset();
        const TrainingResult result = train(documents, options);
        const double factor = std::exp(whole_decay(result.options, 5));
        CHECK(factor < 0.9);
        options.lr = 0;
        options.weight_decay = 0;
        const Network first = only_network(train(documents, options).ensemble);
        std::vector<float> expected;
        for (const float weight : first.first_weight.subspan(5 * 24, 24))
          expected.push_back(weight * static_cast<float>(factor));
        require_close(only_network(result.ensemble).first_weight.subspan(5 * 24, 24), expected,
                      1e-6);
        CHECK(std::abs(expected.front()) > 0.01f);
      }
    }
  }
}

TEST_CASE("the observer is called for every step and every end of an epoch") {
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
      train_on_cpu({documents, std::nullopt, kInputs, kLabels}, small_options(), observer);
  CHECK(heard == std::vector<std::string>{"1: 3", "1: 6", "1: 8", "1: 8 end",  //
                                          "2: 3", "2: 6", "2: 8", "2: 8 end"});
  REQUIRE(result.epochs.size() == 2);
  CHECK(result.epochs[0].epoch == 1);
  CHECK(result.epochs[1].epoch == 2);
  CHECK(losses == std::vector<double>{result.epochs[0].loss, result.epochs[1].loss});
}

TEST_CASE("every epoch reads all rows ahead, and long before they are used") {
  constexpr std::size_t kDocuments = 400, kAhead = 150;  // of 134 batches
  const Labelled documents = random_documents(kDocuments, kInputs, kLabels, 3);
  TrainingData data{documents, std::nullopt, kInputs, kLabels};
  std::vector<std::int64_t> ahead;
  data.read_ahead = [&](std::span<const std::int64_t> rows) {
    ahead.insert(ahead.end(), rows.begin(), rows.end());
  };
  train_on_cpu(data, small_options(), [&](const TrainingProgress& progress) {
    const auto used = static_cast<std::size_t>(progress.documents);
    const std::size_t before = static_cast<std::size_t>(progress.epoch - 1) * kDocuments;
    CHECK(ahead.size() >= before + std::min(used + kAhead, kDocuments));
    if (used < kDocuments / 4) CHECK(ahead.size() < before + kDocuments);
    if (progress.epoch_end == nullptr) return;
    const std::set<std::int64_t> of_epoch(ahead.end() - kDocuments, ahead.end());
    CHECK(of_epoch.size() == kDocuments);
  });
  CHECK(ahead.size() == 2 * kDocuments);
}

TEST_CASE("a training that is stopped early equals the beginning of the full training") {
  const Labelled documents = eight_documents();
  TrainingOptions options = small_options();
  options.lr_schedule = LrSchedule::kLinear;
  options.weight_decay.reset();
  options.epochs = 10;
  const TrainingResult whole = train(documents, options);
  std::set<std::int64_t> epochs;
  TrainingData data{documents, std::nullopt, kInputs, kLabels};
  data.stop_after = 4;
  const TrainingResult cut = train_on_cpu(
      data, options, [&](const TrainingProgress& progress) { epochs.insert(progress.epochs); });
  REQUIRE(cut.epochs.size() == 4);
  for (std::size_t e = 0; e < 4; ++e) CHECK(cut.epochs[e] == whole.epochs[e]);
  CHECK(cut.best_epoch == 4);
  CHECK(cut.options.weight_decay == whole.options.weight_decay);
  CHECK(epochs == std::set<std::int64_t>{4});
  CHECK_FALSE(same_bytes(cut.ensemble, whole.ensemble));
  CHECK(same_bytes(train(documents, options, 10).ensemble, whole.ensemble));
}

TEST_CASE("the record of an epoch contains the learning rate of its first step") {
  TrainingOptions options = small_options();
  options.epochs = 4;
  const auto rates = [&] {
    std::vector<float> result;
    for (const EpochRecord& epoch : train(eight_documents(), options).epochs)
      result.push_back(static_cast<float>(epoch.lr));
    return result;
  };
  require_close(rates(), std::vector<float>{0.02f, 0.02f, 0.02f, 0.02f}, 1e-7);
  options.lr_schedule = LrSchedule::kLinear;
  require_close(rates(), std::vector<float>{0.02f, 0.015f, 0.01f, 0.005f}, 1e-7);
}

TEST_CASE("dropout affects training") {
  TrainingOptions options = small_options();
  const Network without = only_network(train(eight_documents(), options).ensemble);
  options.dropout = 0.5;
  CHECK_FALSE(same_bytes(train(eight_documents(), options).ensemble, without));
}

TEST_CASE("a linear schedule falls to zero over the training, and a constant one does not change") {
  // One step per epoch. Both trainings share the first step; the linear one halves the second.
  TrainingOptions options = small_options();
  options.batch_size = 8;
  options.epochs = 1;
  const Network one = only_network(train(eight_documents(), options).ensemble);
  options.epochs = 2;
  const Network constant = only_network(train(eight_documents(), options).ensemble);
  options.lr_schedule = LrSchedule::kLinear;
  const Network linear = only_network(train(eight_documents(), options).ensemble);

  std::vector<float> halved;
  for (std::size_t i = 0; i < one.output_weight.size(); ++i)
    halved.push_back((one.output_weight[i] + constant.output_weight[i]) / 2);
  require_close(linear.output_weight, halved, 1e-6);
  CHECK_FALSE(same_bytes(linear, constant));
}

TEST_CASE("a CUDA device that does not exist is an error that shows its name") {
  // No machine has a device with this index; LibTorch without CUDA gives an error too.
  const DeviceChoice cuda{DeviceChoice::kCuda, 99};
  const Labelled documents = eight_documents();
  Workers alone(1);
  const std::string message = error_of([&] {
    train_ensemble({documents, std::nullopt, kInputs, kLabels}, small_options(), cuda, alone,
                   no_observer);
  });
  CHECK_THAT(message, Catch::Matchers::StartsWith("device cuda:99: "));
  CHECK(error_of([&] { module_forward(tiny_classifier().ensemble, cuda, 1); }) == message);
}

TEST_CASE("the memory of a training grows with the values that the optimizer keeps per weight") {
  TrainingOptions options;
  options.hidden1 = 100;
  options.hidden2 = 50;
  options.members = 2;
  const auto data_of = [](std::int64_t inputs, std::int64_t labels) {
    TrainingData data{{}, {}, inputs, labels};
    data.perceptron_inputs = {{0, static_cast<std::int32_t>(inputs)}};
    return data;
  };
  const std::int64_t libtorch = training_memory(options, data_of(0, 0)) - 2 * 4 * 100 * 50;
  CHECK(libtorch > 50'000'000);
  const std::int64_t weights = 2 * (1000 * 100 + 100 * 50 + 50 * 4) * 4;  // bytes
  const auto copies = [&](OptimizerKind kind, std::int64_t patience) {
    options.optimizer = kind;
    options.patience = patience;
    return static_cast<double>(training_memory(options, data_of(1000, 4)) - libtorch) /
           static_cast<double>(weights);
  };
  CHECK(copies(OptimizerKind::kRowRmsprop, 0) == 1);
  CHECK(copies(OptimizerKind::kAdam, 0) == 4);
  CHECK(copies(OptimizerKind::kRowRmsprop, 5) == 2);
  options.optimizer = OptimizerKind::kRowRmsprop;
  options.patience = 0;
  TrainingData data = data_of(1000, 4);
  const std::int64_t one_network = training_memory(options, data);
  data.linear_inputs = {0, 5000};
  CHECK(training_memory(options, data) - one_network == 5000 * 4 * 4);
  data.perceptron_inputs.push_back({1000, 2000});
  CHECK(training_memory(options, data) - one_network == 5000 * 4 * 4 + weights);
  options.hidden1 = options.hidden2 = std::int64_t{1} << 62;
  CHECK(training_memory(options, data) > std::int64_t{1} << 62);
}
