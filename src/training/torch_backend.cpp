// SPDX-License-Identifier: MIT
// The backend that the training library exports; it translates LibTorch's errors.
#include <string_view>
#include <utility>

#include <torch/version.h>

#include <algorithm>
#include <new>

#include "newsclf/error/error.hpp"
#include "newsclf/training/backend.hpp"
#include "training/trainer.hpp"

namespace newsclf {
namespace {

/// Runs `work`; turns an error of LibTorch into one line without stack frames.
template <typename Work>
auto translate_errors(const Work& work) {
  try {
    return work();
  } catch (const c10::OutOfMemoryError&) {
    throw Error(ErrorCode::kNoDeviceMemory, "CUDA", "out of memory");
  } catch (const c10::Error& error) {
    std::string message = error.what_without_backtrace();
    message.resize(std::min(message.size(), message.find('\n')));
    // LibTorch's CPU allocator reports a lack of memory as a plain error.
    if (message.find("allocate memory") != std::string::npos) throw std::bad_alloc();
    throw Error("LibTorch", message);
  }
}

class TorchBackend : public Backend {
 public:
  std::string libtorch_version() const override { return TORCH_VERSION; }

  TrainingResult train(const TrainingData& data, const TrainingOptions& options,
                       const DeviceChoice& device, Workers& workers,
                       const TrainingObserver& observer) const override {
    return translate_errors([&] { return train_mlp(data, options, device, workers, observer); });
  }

  ForwardPass open_forward(const Network& network, const DeviceChoice& device,
                           int threads) const override {
    return translate_errors([&]() -> ForwardPass {
      return [forward = mlp_forward(network, device, threads)](const RowsView& rows) {
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
