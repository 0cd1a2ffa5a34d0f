// SPDX-License-Identifier: MIT
// The backend that the training library exports; it translates LibTorch's errors.
#include <string_view>
#include <utility>

#include <torch/version.h>

#include "newsclf/training/backend.hpp"
#include "training/gloo_group.hpp"
#include "training/low_rank.hpp"
#include "training/torch_errors.hpp"
#include "training/trainer.hpp"

namespace newsclf {
namespace {

class TorchBackend : public Backend {
 public:
  std::string libtorch_version() const override { return TORCH_VERSION; }

  TrainingResult train(const TrainingData& data, const TrainingOptions& options,
                       const DeviceChoice& device, Workers& workers,
                       const TrainingObserver& observer, TrainingCheckpoints* checkpoints,
                       ProcessGroup* processes) const override {
    return translate_errors([&] {
      return train_ensemble(data, options, device, workers, observer, checkpoints, processes);
    });
  }

  std::unique_ptr<ProcessGroup> join(const ProcessPlace& place) const override {
    return join_processes(place);
  }

  LowRank reduce_rank(std::span<const float> weights, std::int64_t width,
                      std::span<const float> importance, std::int64_t rank,
                      Workers& workers) const override {
    return translate_errors(
        [&] { return newsclf::reduce_rank(weights, width, importance, rank, workers); });
  }

  ForwardPass open_forward(const Ensemble& ensemble, const DeviceChoice& device,
                           int threads) const override {
    return translate_errors([&]() -> ForwardPass {
      return [forward = module_forward(ensemble, device, threads)](const RowsView& rows) {
        return translate_errors([&] { return forward(rows); });
      };
    });
  }
};

}  // namespace
}  // namespace newsclf

extern "C" __attribute__((visibility("default"))) const newsclf::Backend* newsclf_training_backend(
    const char* version) {
  static const newsclf::TorchBackend backend;
  return std::string_view(version) == NEWSCLF_VERSION ? &backend : nullptr;
}
