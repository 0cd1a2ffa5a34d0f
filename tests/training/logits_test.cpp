// SPDX-License-Identifier: MIT
#include "training/small_training.hpp"

#include <vector>

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("the module's logits of a row do not depend on other rows or on threads") {
  const Labelled documents = random_documents(2100, 60, kLabels, 5);  // more than two batches
  const Labelled taught = random_documents(100, 60, kLabels, 6);
  const Ensemble ensemble =
      train_on_cpu({taught, std::nullopt, 60, kLabels}, small_options()).ensemble;
  const std::vector<float> together = module_logits(ensemble, documents.rows, kCpu, 1);
  std::vector<float> one_by_one;
  for (std::size_t r = 0; r < documents.rows.size(); ++r) {
    SparseRows row;
    row.append(documents.rows.row(r));
    const std::vector<float> logits = module_logits(ensemble, row, kCpu, 1);
    one_by_one.insert(one_by_one.end(), logits.begin(), logits.end());
  }
  require_close(together, one_by_one, 1e-5);
  CHECK(module_logits(ensemble, documents.rows, kCpu, 2) == together);
}

TEST_CASE("the module's logits of no rows are empty") {
  const Ensemble ensemble = train(eight_documents(), small_options()).ensemble;
  CHECK(module_logits(ensemble, {}, kCpu, 1).empty());
}
