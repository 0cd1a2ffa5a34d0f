// SPDX-License-Identifier: MIT
// The one door of the training library: its table of entry points, and the translation of
// LibTorch's errors.
#include "newsclf/training/library.hpp"

#include <torch/version.h>

#include <algorithm>
#include <new>

#include "newsclf/error/error.hpp"
#include "training/trainer.hpp"

namespace newsclf {
namespace {

/// Runs `work`; an error of LibTorch leaves as one line, without frames.
template <typename Work>
auto translate_errors(const Work& work) {
  try {
    return work();
  } catch (const c10::OutOfMemoryError&) {
    throw Error("CUDA", "out of memory",
                "take a smaller --batch-size or --hidden, or --device cpu");
  } catch (const c10::Error& error) {
    std::string message = error.what_without_backtrace();
    message.resize(std::min(message.size(), message.find('\n')));
    // LibTorch's CPU allocator reports a lack of memory as a plain error.
    if (message.find("allocate memory") != std::string::npos) throw std::bad_alloc();
    throw Error("LibTorch", message);
  }
}

TrainingResult train(const TrainingData& data, const TrainingOptions& options,
                     const TrainingObserver& observer) {
  return translate_errors([&] { return train_mlp(data, options, observer); });
}

std::vector<float> logits(const Network& network, const SparseRows& rows,
                          const DeviceChoice& device, int threads) {
  return translate_errors([&] { return mlp_logits(network, rows, device, threads); });
}

constexpr TrainingLibrary kLibrary = {NEWSCLF_VERSION, TORCH_VERSION, train, logits};

}  // namespace
}  // namespace newsclf

extern "C" __attribute__((visibility("default"))) const newsclf::TrainingLibrary*
newsclf_training_library() {
  return &newsclf::kLibrary;
}
