// SPDX-License-Identifier: MIT
#include "training/trainer.hpp"

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
  options.members = 1;
  options.weight_decay = 0;
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

/// The cross-entropy of one document under softmax.
double cross_entropy_of(std::span<const float> logits, std::int32_t label) {
  double total = 0;
  for (const float logit : logits) total += std::exp(static_cast<double>(logit));
  return std::log(total) - logits[static_cast<std::size_t>(label)];
}

double mean_cross_entropy(const Network& network, const Labelled& documents) {
  NativeForward forward(network);
  double sum = 0;
  for (std::size_t r = 0; r < documents.labels.size(); ++r)
    sum += cross_entropy_of(forward.logits(documents.rows.row(r)), documents.labels[r]);
  return sum / static_cast<double>(documents.labels.size());
}

/// Two of the eight documents with other labels: what is learnt makes them ever more wrong.
Labelled two_wrong() {
  Labelled documents = eight_documents();
  documents.labels[1] = 3;
  documents.labels[6] = 0;
  return documents;
}

bool same_epoch(const EpochRecord& a, const EpochRecord& b) {
  return a.epoch == b.epoch && a.loss == b.loss && a.lr == b.lr && a.valid_loss == b.valid_loss &&
         a.valid_accuracy == b.valid_accuracy;
}

/// The best of `epochs` by accuracy, of equal ones by loss, of equal ones the first, before
/// `patience` epochs in a row were no better.
std::int64_t best_of(const std::vector<EpochRecord>& epochs, std::int64_t patience) {
  const EpochRecord* best = &epochs.front();
  for (const EpochRecord& epoch : epochs) {
    if (epoch.epoch - best->epoch > patience) break;
    if (std::pair(*epoch.valid_accuracy, -*epoch.valid_loss) >
        std::pair(*best->valid_accuracy, -*best->valid_loss))
      best = &epoch;
  }
  return best->epoch;
}

/// The logarithm of what a weight without a gradient is multiplied by in a whole training.
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

/// Large enough that LibTorch shares the work out where it has several threads.
Network train_large(TrainingOptions options) {
  constexpr std::int64_t kManyInputs = 1500, kManyLabels = 20;
  const Labelled documents = random_documents(300, kManyInputs, kManyLabels, 7);
  options.members = 3;
  options.weight_decay = 2;
  options.epochs = 2;
  options.batch_size = 128;
  options.lr = 0.01;
  return train_mlp({documents, std::nullopt, kManyInputs, kManyLabels}, options, no_observer)
      .network;
}

}  // namespace

TEST_CASE(
    "batch size, rate and epochs are taken from the size of the data where they are not given") {
  struct Case {
    std::int64_t documents, labels, batch_size, epochs;
  };
  for (const Case& expected :
       {Case{0, 2, 16, 85}, Case{100, 2, 16, 85}, Case{400, 3, 16, 42}, Case{1000, 5, 16, 28},
        Case{1774, 3, 32, 10}, Case{5000, 20, 64, 11}, Case{8000, 2, 128, 6},
        Case{11314, 20, 128, 6}, Case{1000000, 2, 128, 6}}) {
    INFO(expected.documents << " documents, " << expected.labels << " labels");
    const TrainingOptions options = resolve_size({}, expected.documents, expected.labels);
    CHECK(options.batch_size == expected.batch_size);
    CHECK(options.epochs == expected.epochs);
    CHECK(*options.lr == Approx(1e-3 * std::sqrt(static_cast<double>(expected.batch_size) / 32)));
  }
  const TrainingOptions given =
      resolve_size({.epochs = 3, .batch_size = 1000, .device = kCpu}, 100, 2);
  CHECK(given.epochs == 3);
  CHECK(given.batch_size == 1000);
}

TEST_CASE("the result tells the options that were used") {
  TrainingOptions options = small_options();
  options.epochs = 0;
  options.batch_size = 0;
  options.members = 0;
  options.weight_decay.reset();
  options.seed = 5;
  const TrainingResult result = train(eight_documents(), options);
  CHECK(result.options.epochs == 85);
  CHECK(result.options.batch_size == 16);
  CHECK(result.options.members == 3);
  CHECK(result.options.weight_decay > 0);
  CHECK(result.options.seed == 5);
  CHECK(result.epochs.size() == 85);
  CHECK(result.best_epoch == 85);
  CHECK(result.network.shape.members == 3);
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

TEST_CASE("a training of a single step learns at the default weight decay too") {
  for (const auto& optimizer : kOptimizers) {
    for (const auto& schedule : kLrSchedules) {
      INFO(optimizer.name << ", " << schedule.name);
      TrainingOptions options = small_options();
      options.optimizer = optimizer.value;
      options.lr_schedule = schedule.value;
      options.epochs = 1;
      options.batch_size = 8;
      options.weight_decay.reset();
      const Network network = train(eight_documents(), options).network;
      CHECK(std::ranges::all_of(network.hidden1_weight, [](float w) { return std::isfinite(w); }));
      CHECK(std::ranges::count(network.hidden2_weight, 0.0f) == 0);
      options.lr = 0;
      options.weight_decay = 0;
      const Network first = train(eight_documents(), options).network;
      const auto largest = [](std::span<const float> weights) {
        return *std::ranges::max_element(weights);
      };
      CHECK(largest(network.hidden2_weight) > 0.4f * largest(first.hidden2_weight));
    }
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
  const double expected = mean_cross_entropy(result.network, documents);
  for (const EpochRecord& epoch : result.epochs)
    CHECK(epoch.loss == Approx(expected).epsilon(1e-5));
}

TEST_CASE("the loss of an ensemble's epoch is the mean over its members") {
  const Labelled documents = eight_documents();
  TrainingOptions options = small_options();
  options.members = 3;
  options.lr = 0;
  const TrainingResult result = train(documents, options);
  const Network& network = result.network;
  double sum = 0;
  for (std::size_t m = 0; m < 3; ++m) {
    std::vector<float> hidden1;  // this member's columns of the wide first layer
    for (std::size_t row = 0; row < kInputs; ++row) {
      const auto own = network.hidden1_weight.subspan((3 * row + m) * 24, 24);
      hidden1.insert(hidden1.end(), own.begin(), own.end());
    }
    Network member = network;
    member.shape.members = 1;
    member.hidden1_weight = hidden1;
    member.hidden1_bias = network.hidden1_bias.subspan(m * 24, 24);
    member.hidden2_weight = network.hidden2_weight.subspan(m * 12 * 24, 12 * 24);
    member.hidden2_bias = network.hidden2_bias.subspan(m * 12, 12);
    member.output_weight = network.output_weight.subspan(m * kLabels * 12, kLabels * 12);
    member.output_bias = network.output_bias.subspan(m * kLabels, kLabels);
    sum += mean_cross_entropy(member, documents);
  }
  CHECK(result.epochs.back().loss == Approx(sum / 3).epsilon(1e-5));
  CHECK(mean_cross_entropy(network, documents) < sum / 3);  // Jensen: the members are not equal
}

TEST_CASE("label smoothing and label weights are in the loss that is minimised") {
  const Labelled documents = eight_documents();
  TrainingOptions options = small_options();
  options.batch_size = 8;
  options.lr = 0;
  const Network network = train(documents, options).network;
  options.label_smoothing = 0.2;
  options.label_weights = {1, 2, 0.5f, 4};
  // As in torch: where the truth gives a label the share s, it counts s times the label's weight;
  // the divisor is the sum of the weights of the documents' own labels.
  double sum = 0, weights = 0;
  NativeForward forward(network);
  for (std::size_t r = 0; r < documents.labels.size(); ++r) {
    const auto logits = forward.logits(documents.rows.row(r));
    for (std::int32_t label = 0; label < kLabels; ++label) {
      const double share = (label == documents.labels[r] ? 0.8 : 0) + 0.2 / kLabels;
      sum += share * options.label_weights[static_cast<std::size_t>(label)] *
             cross_entropy_of(logits, label);
    }
    weights += options.label_weights[static_cast<std::size_t>(documents.labels[r])];
  }
  CHECK(train(documents, options).epochs.back().loss == Approx(sum / weights).epsilon(1e-5));
}

TEST_CASE("of two labels with the same documents, the one that weighs more is learnt") {
  const Labelled documents = labelled({{0, {{0, 1}}}, {1, {{0, 1}}}});
  for (const std::int32_t heavier : {0, 1}) {
    TrainingOptions options = small_options();
    options.epochs = 30;
    options.label_weights = {1, 1, 1, 1};
    options.label_weights[static_cast<std::size_t>(heavier)] = 4;
    CHECK(predicted(train(documents, options).network, documents.rows) ==
          std::vector<std::int32_t>{heavier, heavier});
  }
}

TEST_CASE("a smoothed truth is learnt with less confidence") {
  const Labelled documents = eight_documents();
  TrainingOptions options = small_options();
  options.epochs = 100;
  options.label_smoothing = 0.4;
  // The best that can be learnt gives the label 0.6 + 0.4 / 4.
  CHECK(mean_cross_entropy(train(documents, options).network, documents) ==
        Approx(-std::log(0.7)).epsilon(0.05));
}

TEST_CASE("the members of an ensemble are different networks") {
  TrainingOptions options = small_options();
  options.members = 3;
  const Network network = train(eight_documents(), options).network;
  CHECK(network.shape == NetworkShape{kInputs, 24, 12, kLabels, 3});
  const auto part = [](std::span<const float> values, std::size_t member) {
    const std::size_t size = values.size() / 3;
    return values.subspan(member * size, size);
  };
  for (std::size_t m = 1; m < 3; ++m) {
    CHECK_FALSE(
        std::ranges::equal(part(network.hidden2_weight, 0), part(network.hidden2_weight, m)));
    CHECK_FALSE(std::ranges::equal(part(network.output_weight, 0), part(network.output_weight, m)));
    CHECK_FALSE(std::ranges::equal(network.hidden1_weight.subspan(0, 24),
                                   network.hidden1_weight.subspan(m * 24, 24)));
  }
}

TEST_CASE("the default weight decay shrinks alike whatever the documents, the rate and the batch") {
  const double expected = whole_decay(resolve_size({}, 1000000, 4), 1000000);
  CHECK(expected < -0.2);
  CHECK(expected > -1);
  for (const auto& schedule : kLrSchedules) {
    for (const std::int64_t documents : {1, 100, 3000, 100000}) {
      for (const double lr : {1e-5, 1e-3, 10.0}) {
        const TrainingOptions options =
            resolve_size({.lr = lr, .lr_schedule = schedule.value}, documents, 4);
        INFO(schedule.name << ", " << documents << " documents at " << lr);
        CHECK(whole_decay(options, documents) == Approx(expected).epsilon(0.04));
      }
    }
  }
  CHECK(resolve_size({.weight_decay = 0.0}, 1000, 4).weight_decay == 0.0);
  CHECK(resolve_size({.weight_decay = 0.125}, 1000, 4).weight_decay == 0.125);
}

TEST_CASE("a weight that no gradient moves shrinks by the weight decay, late or not") {
  // No document holds column 5. 5 documents one by one are 5 steps an epoch.
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
        const Network first = train(documents, options).network;
        std::vector<float> expected;
        for (const float weight : first.hidden1_weight.subspan(5 * 24, 24))
          expected.push_back(weight * static_cast<float>(factor));
        require_close(result.network.hidden1_weight.subspan(5 * 24, 24), expected, 1e-6);
        CHECK(std::abs(expected.front()) > 0.01f);
      }
    }
  }
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
  TrainingOptions options = small_options();
  options.epochs = 100;
  CHECK(train_with(documents, documents, options).epochs.back().valid_accuracy == 1.0);
  const TrainingResult result = train_with(documents, two_wrong(), options);
  CHECK(result.epochs.back().valid_accuracy == 0.75);
  for (const EpochRecord& epoch : result.epochs) CHECK(epoch.valid_accuracy.has_value());
}

TEST_CASE("accuracy and loss of an epoch are those of its network, without dropout") {
  const Labelled documents = eight_documents();
  const Labelled held_out = random_documents(1500, kInputs, kLabels, 2);  // more than one batch
  for (const std::int64_t members : {1, 3}) {
    INFO(members << " members");
    TrainingOptions options = small_options();
    options.members = members;
    options.weight_decay = 5;
    options.dropout = 0.9;
    options.epochs = 20;
    options.label_smoothing = 0.1;  // in what is minimised, not in what is reported
    const TrainingResult result = train_with(documents, held_out, options);
    const auto labels = predicted(result.network, held_out.rows);
    double right = 0;
    for (std::size_t r = 0; r < labels.size(); ++r) right += labels[r] == held_out.labels[r];
    CHECK(result.epochs.back().valid_accuracy == Approx(right / 1500));
    CHECK(result.epochs.back().valid_loss ==
          Approx(mean_cross_entropy(result.network, held_out)).epsilon(1e-5));
  }
}

TEST_CASE("without held-out documents there is neither accuracy nor loss of them") {
  for (const EpochRecord& epoch : train(eight_documents(), small_options()).epochs) {
    CHECK_FALSE(epoch.valid_accuracy);
    CHECK_FALSE(epoch.valid_loss);
  }
}

TEST_CASE("held-out documents change nothing that is learnt") {
  const Labelled documents = eight_documents();
  for (const auto& optimizer : kOptimizers) {
    for (const double weight_decay : {0.0, 0.5}) {
      INFO(optimizer.name << ", weight decay " << weight_decay);
      TrainingOptions options = small_options();
      options.optimizer = optimizer.value;
      options.weight_decay = weight_decay;
      options.members = 2;
      options.dropout = 0.5;
      options.epochs = 4;
      const TrainingResult without = train(documents, options);
      const TrainingResult with =
          train_with(documents, random_documents(1500, kInputs, kLabels, 1), options);
      CHECK(same_bytes(with.network, without.network));
    }
  }
}

TEST_CASE("patience ends a training so many epochs after the best one, and keeps that") {
  const Labelled documents = eight_documents(), held_out = two_wrong();
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    TrainingOptions options = small_options();
    options.optimizer = optimizer.value;
    options.lr_schedule = LrSchedule::kLinear;
    options.epochs = 60;
    const TrainingResult all = train_with(documents, held_out, options);
    CHECK(all.best_epoch == 60);
    const std::int64_t best = best_of(all.epochs, 7);
    REQUIRE(best > 2);   // it was learnt first,
    REQUIRE(best < 50);  // and too well then

    options.patience = 7;
    const TrainingResult stopped = train_with(documents, held_out, options);
    CHECK(stopped.best_epoch == best);
    REQUIRE(stopped.epochs.size() == static_cast<std::size_t>(best) + 7);
    for (std::size_t e = 0; e < stopped.epochs.size(); ++e)
      CHECK(same_epoch(stopped.epochs[e], all.epochs[e]));

    options.patience = 0;
    options.stop_after = best;
    CHECK(same_bytes(stopped.network, train(documents, options).network));
    options.stop_after = best + 1;
    CHECK_FALSE(same_bytes(stopped.network, train(documents, options).network));
  }
}

TEST_CASE("of equal accuracies the one with the lower loss is the best") {
  TrainingOptions options = small_options();
  options.epochs = 100;
  options.patience = 30;
  const TrainingResult result = train_with(eight_documents(), eight_documents(), options);
  REQUIRE(result.epochs.size() == 100);
  CHECK(result.epochs[98].valid_accuracy == 1.0);
  CHECK(result.epochs[99].valid_accuracy == 1.0);
  CHECK(result.epochs[99].valid_loss < result.epochs[98].valid_loss);
  CHECK(result.best_epoch == 100);
}

TEST_CASE("patience that is never used up changes nothing but the epoch that is kept") {
  const Labelled documents = eight_documents(), held_out = two_wrong();
  TrainingOptions options = small_options();
  options.epochs = 30;
  options.patience = 30;
  const TrainingResult result = train_with(documents, held_out, options);
  CHECK(result.epochs.size() == 30);
  CHECK(result.best_epoch == best_of(result.epochs, 30));
}

TEST_CASE("without held-out documents patience stops nothing") {
  TrainingOptions options = small_options();
  options.epochs = 10;
  const Network network = train(eight_documents(), options).network;
  options.patience = 1;
  const TrainingResult result = train(eight_documents(), options);
  CHECK(result.epochs.size() == 10);
  CHECK(result.best_epoch == 10);
  CHECK(same_bytes(result.network, network));
}

TEST_CASE("a training that is cut off has gone the way of the whole one") {
  const Labelled documents = eight_documents();
  TrainingOptions options = small_options();
  options.lr_schedule = LrSchedule::kLinear;
  options.weight_decay.reset();
  options.epochs = 10;
  const TrainingResult whole = train(documents, options);
  options.stop_after = 4;
  std::set<std::int64_t> epochs;
  const TrainingResult cut =
      train_mlp({documents, std::nullopt, kInputs, kLabels}, options,
                [&](const TrainingProgress& progress) { epochs.insert(progress.epochs); });
  REQUIRE(cut.epochs.size() == 4);
  for (std::size_t e = 0; e < 4; ++e) CHECK(same_epoch(cut.epochs[e], whole.epochs[e]));
  CHECK(cut.best_epoch == 4);
  CHECK(cut.options.weight_decay == whole.options.weight_decay);
  CHECK(epochs == std::set<std::int64_t>{4});
  CHECK_FALSE(same_bytes(cut.network, whole.network));
  options.stop_after = 10;
  CHECK(same_bytes(train(documents, options).network, whole.network));
}

TEST_CASE("an epoch's record tells the rate of its first step") {
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

TEST_CASE("a training that diverges in its first epoch begins again at a tenth of the rate") {
  // A step that takes away more than all of a weight: at a tenth of the rate, it is a fifth of it.
  TrainingOptions options = small_options();
  options.weight_decay = 100;
  for (const OptimizerKind kind : {OptimizerKind::kLazyAdam, OptimizerKind::kRowAdam}) {
    options.optimizer = kind;
    options.lr = 0.02;
    std::vector<std::string> heard;
    const Labelled documents = eight_documents();
    const TrainingResult result =
        train_mlp({documents, std::nullopt, kInputs, kLabels}, options,
                  [&](const TrainingProgress& progress) {
                    if (progress.lowered_lr) {
                      CHECK(*progress.lowered_lr == Approx(0.002));
                      CHECK(progress.epoch_end == nullptr);
                    }
                    if (progress.lowered_lr || progress.epoch_end)
                      heard.push_back(std::to_string(progress.epoch) +
                                      (progress.lowered_lr ? " lowered" : " end"));
                  });
    CHECK(heard == std::vector<std::string>{"1 lowered", "1 end", "2 end"});
    CHECK_FALSE(result.diverged_in_epoch);
    CHECK(result.options.lr == 0.02);
    REQUIRE(result.epochs.size() == 2);
    for (const EpochRecord& epoch : result.epochs) CHECK(epoch.lr == Approx(0.002));
    options.lr = 0.02 * 0.1;
    CHECK(same_bytes(result.network, train(documents, options).network));
  }
}

TEST_CASE("a training that diverges later keeps the epochs before, and goes on from there") {
  // Under this decay every step multiplies the weights by -10, until they overflow; at a tenth of
  // the rate, by -0.1.
  TrainingOptions options = small_options();
  options.optimizer = OptimizerKind::kAdam;
  options.weight_decay = 11 / *options.lr;
  options.epochs = 12;
  const Labelled documents = eight_documents();
  std::vector<std::int64_t> ends;
  std::int64_t lowered_in = 0;
  const TrainingResult result = train_mlp(
      {documents, std::nullopt, kInputs, kLabels}, options, [&](const TrainingProgress& progress) {
        if (progress.epoch_end) ends.push_back(progress.epoch);
        if (!progress.lowered_lr) return;
        CHECK(lowered_in == 0);
        lowered_in = progress.epoch;
        CHECK(ends.size() + 1 == static_cast<std::size_t>(progress.epoch));
      });
  CHECK_FALSE(result.diverged_in_epoch);
  REQUIRE(lowered_in > 2);
  REQUIRE(lowered_in < 12);
  CHECK(ends == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  REQUIRE(result.epochs.size() == 12);
  for (const EpochRecord& epoch : result.epochs)
    CHECK(epoch.lr == Approx(epoch.epoch < lowered_in ? 0.02 : 0.002));

  options.stop_after = lowered_in - 1;
  const TrainingResult before = train(documents, options);
  REQUIRE(before.epochs.size() == static_cast<std::size_t>(lowered_in - 1));
  for (std::size_t e = 0; e < before.epochs.size(); ++e)
    CHECK(same_epoch(result.epochs[e], before.epochs[e]));
  // What follows begins where they end: the weights are as large, and shrink.
  const auto largest = [](const Network& network) {
    return *std::ranges::max_element(network.output_weight);
  };
  CHECK(largest(before.network) > 1e6f);
  CHECK(largest(result.network) < 1);
}

TEST_CASE("a training that diverges at a tenth of the rate too keeps the epoch before") {
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    TrainingOptions options = small_options();
    options.optimizer = optimizer.value;
    options.batch_size = 8;  // one step an epoch: the second one meets weights of 1e30
    options.lr = 1e30;
    options.epochs = 5;
    int lowered = 0;
    const Labelled documents = eight_documents();
    const TrainingResult diverged = train_mlp(
        {documents, std::nullopt, kInputs, kLabels}, options,
        [&](const TrainingProgress& progress) { lowered += progress.lowered_lr.has_value(); });
    CHECK(lowered == 1);
    CHECK(diverged.diverged_in_epoch == 2);
    CHECK(diverged.best_epoch == 1);
    CHECK(diverged.options.stop_after == 0);
    CHECK(diverged.epochs.size() == 1);
    options.epochs = 1;
    CHECK(same_bytes(diverged.network, train(eight_documents(), options).network));
  }
}

TEST_CASE("a training that diverges keeps the epoch before, with patience too") {
  // Every step multiplies the weights by -109, and by -10 at a tenth of the rate.
  TrainingOptions options = small_options();
  options.optimizer = OptimizerKind::kAdam;
  options.weight_decay = 110 / *options.lr;
  options.batch_size = 8;
  options.epochs = 50;
  const Labelled held_out = labelled({{2, {{4, 1}}}, {3, {}}});
  const TrainingResult without = train_with(eight_documents(), held_out, options);
  options.patience = 50;
  const TrainingResult with = train_with(eight_documents(), held_out, options);
  REQUIRE(without.diverged_in_epoch > 2);
  REQUIRE(best_of(without.epochs, 50) < *without.diverged_in_epoch - 1);
  CHECK(with.diverged_in_epoch == without.diverged_in_epoch);
  CHECK(with.best_epoch == *with.diverged_in_epoch - 1);
  CHECK(same_bytes(with.network, without.network));
  CHECK(with.options.patience == 50);
}

TEST_CASE("a training that diverges in its first epoch has no network") {
  TrainingOptions in_second_step = small_options();
  in_second_step.lr = 1e30;
  TrainingOptions in_last_step = small_options();  // the loss before it is finite
  in_last_step.lr = std::numeric_limits<double>::infinity();
  in_last_step.batch_size = 8;
  in_last_step.epochs = 1;
  for (const TrainingOptions& options : {in_second_step, in_last_step}) {
    INFO("rate " << *options.lr);
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

TEST_CASE(
    "the memory of a training is its weights as often as the optimizer keeps something of each") {
  TrainingOptions options;
  options.hidden1 = 100;
  options.hidden2 = 50;
  options.members = 2;
  const std::int64_t libtorch = training_memory(options, 0, 0) - 2 * 2 * 4 * 100 * 50;
  CHECK(libtorch > 50'000'000);
  const std::int64_t weights = 2 * (1000 * 100 + 100 * 50 + 50 * 4) * 4;  // bytes
  const auto copies = [&](OptimizerKind kind, std::int64_t patience) {
    options.optimizer = kind;
    options.patience = patience;
    return static_cast<double>(training_memory(options, 1000, 4) - libtorch) /
           static_cast<double>(weights);
  };
  CHECK(copies(OptimizerKind::kRowAdam, 0) == 2);
  CHECK(copies(OptimizerKind::kLazyAdam, 0) == 3);
  CHECK(copies(OptimizerKind::kAdam, 0) == 4);
  CHECK(copies(OptimizerKind::kRowAdam, 5) == 3);
  options.hidden1 = options.hidden2 = std::int64_t{1} << 62;
  CHECK(training_memory(options, std::int64_t{1} << 62, 4) > std::int64_t{1} << 62);
}
