// SPDX-License-Identifier: MIT
#include "training/small_training.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// The eight documents, two with wrong labels, whose loss increases with training.
Labelled two_wrong() {
  Labelled documents = eight_documents();
  documents.labels[1] = 3;
  documents.labels[6] = 0;
  return documents;
}

}  // namespace

TEST_CASE("held-out documents are scored after every epoch") {
  const Labelled documents = eight_documents();
  TrainingOptions options = small_options();
  options.epochs = 100;
  CHECK(train_with(documents, documents, options).epochs.back().valid_accuracy == 1.0);
  const TrainingResult result = train_with(documents, two_wrong(), options);
  CHECK(result.epochs.back().valid_accuracy == 0.75);
  for (const EpochRecord& epoch : result.epochs) CHECK(epoch.valid_accuracy.has_value());
}

TEST_CASE("accuracy and loss of an epoch are computed with its network, without dropout") {
  const Labelled documents = eight_documents();
  const Labelled held_out = random_documents(1500, kInputs, kLabels, 2);  // more than one batch
  for (const std::int64_t members : {1, 3}) {
    INFO(members << " members");
    TrainingOptions options = small_options();
    options.members = members;
    options.weight_decay = 5;
    options.dropout = 0.9;
    options.epochs = 20;
    options.label_smoothing = 0.1;  // in the training loss, not in the reported loss
    const TrainingResult result = train_with(documents, held_out, options);
    const auto labels = predicted(result.ensemble, held_out.rows);
    double right = 0;
    for (std::size_t r = 0; r < labels.size(); ++r) right += labels[r] == held_out.labels[r];
    CHECK(result.epochs.back().valid_accuracy == Approx(right / 1500));
    CHECK(result.epochs.back().valid_loss ==
          Approx(mean_cross_entropy(result.ensemble, held_out)).epsilon(1e-5));
  }
}

TEST_CASE("there is no validation accuracy or loss without held-out documents") {
  for (const EpochRecord& epoch : train(eight_documents(), small_options()).epochs) {
    CHECK_FALSE(epoch.valid_accuracy);
    CHECK_FALSE(epoch.valid_loss);
  }
}

TEST_CASE("held-out documents do not affect the trained network") {
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
      CHECK(same_bytes(with.ensemble, without.ensemble));
    }
  }
}

TEST_CASE("training stops after patience epochs without improvement and keeps the best epoch") {
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
    REQUIRE(best > 2);   // validation improves at first
    REQUIRE(best < 50);  // and then gets worse

    options.patience = 7;
    const TrainingResult stopped = train_with(documents, held_out, options);
    CHECK(stopped.best_epoch == best);
    REQUIRE(stopped.epochs.size() == static_cast<std::size_t>(best) + 7);
    for (std::size_t e = 0; e < stopped.epochs.size(); ++e)
      CHECK(stopped.epochs[e] == all.epochs[e]);

    options.patience = 0;
    CHECK(same_bytes(stopped.ensemble, train(documents, options, best).ensemble));
    CHECK_FALSE(same_bytes(stopped.ensemble, train(documents, options, best + 1).ensemble));
  }
}

TEST_CASE("if accuracies are equal, the epoch with the lower loss is the best") {
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

TEST_CASE("patience that never runs out only changes which epoch is kept") {
  const Labelled documents = eight_documents(), held_out = two_wrong();
  TrainingOptions options = small_options();
  options.epochs = 30;
  options.patience = 30;
  const TrainingResult result = train_with(documents, held_out, options);
  CHECK(result.epochs.size() == 30);
  CHECK(result.best_epoch == best_of(result.epochs, 30));
}

TEST_CASE("patience has no effect without held-out documents") {
  TrainingOptions options = small_options();
  options.epochs = 10;
  const Ensemble ensemble = train(eight_documents(), options).ensemble;
  options.patience = 1;
  const TrainingResult result = train(eight_documents(), options);
  CHECK(result.epochs.size() == 10);
  CHECK(result.best_epoch == 10);
  CHECK(same_bytes(result.ensemble, ensemble));
}
