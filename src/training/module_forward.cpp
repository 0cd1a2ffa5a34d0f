// SPDX-License-Identifier: MIT
#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <utility>
#include <vector>

#include "training/batch.hpp"
#include "training/mlp.hpp"
#include "training/trainer.hpp"

namespace newsclf {

ForwardPass module_forward(const Ensemble& ensemble, const DeviceChoice& choice, int threads) {
  const torch::Device device = resolve_device(choice);
  std::vector<std::pair<SparseNetwork, BatchOptions>> networks;
  for (const Network& network : ensemble.networks)
    networks.push_back(
        {make_module(network, device), BatchOptions{network.columns(), ensemble.rescales_parts}});
  return [networks = std::move(networks), device, temperature = ensemble.temperature,
          shares = ensemble.all_shares(), threads](const RowsView& rows) {
    torch::NoGradGuard no_grad;
    const std::vector<std::int32_t> no_labels(rows.size(), 0);
    std::vector<BatchBuilder> builders;
    for (const auto& [network, reading] : networks)
      builders.emplace_back(LabelledRows{rows, no_labels}, reading, device);
    std::vector<float> all;
    in_batches(all_rows(rows), kScoringBatch, [&](std::span<const std::int64_t> piece) {
      std::vector<torch::Tensor> of_networks;
      for (std::size_t n = 0; n < networks.size(); ++n) {
        const SparseNetwork& network = networks[n].first;
        const Batch batch = builders[n].build(piece, Columns::kVocabulary);
        at::set_num_threads(threads);
        const torch::Tensor sums = network->first->forward(network->first->weight, batch);
        at::set_num_threads(1);  // as in training: bit-identical for any number of threads
        of_networks.push_back(network->forward_from_sums(sums));
      }
      const torch::Tensor logits = (ensemble_logits(torch::cat(of_networks), shares) / temperature)
                                       .to(torch::kCPU)
                                       .contiguous();
      const auto* const values = logits.const_data_ptr<float>();
      all.insert(all.end(), values, values + logits.numel());
    });
    return all;
  };
}

}  // namespace newsclf
