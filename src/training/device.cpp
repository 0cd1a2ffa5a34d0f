// SPDX-License-Identifier: MIT
#include <torch/torch.h>

#include <string>

#include "newsclf/error/error.hpp"
#include "training/trainer.hpp"

namespace newsclf {

torch::Device resolve_device(const DeviceChoice& choice) {
  if (choice.kind == DeviceChoice::kCpu) return torch::kCPU;
  // LibTorch returns the count as a signed char.
  const int devices = static_cast<unsigned char>(torch::cuda::device_count());
  if (choice.kind == DeviceChoice::kAuto)
    return devices > 0 ? torch::Device(torch::kCUDA,
                                       static_cast<torch::DeviceIndex>(choice.index % devices))
                       : torch::Device(torch::kCPU);

  const std::string where = "device cuda:" + std::to_string(choice.index);
  // A property of the build; at::hasCUDA() is also false for a CUDA build without a device.
  if (!at::Context::hasCUDART())
    throw Error(where, "LibTorch " TORCH_VERSION " was built without CUDA",
                "use the CPU, or build newsclf with a CUDA build of LibTorch (see README)");
  if (devices == 0)
    throw Error(where, "LibTorch finds no CUDA device",
                "use the CPU, or check the driver with nvidia-smi");
  if (choice.index >= devices && devices == 1)
    throw Error(where, "there is only one CUDA device", "use cuda:0");
  if (choice.index >= devices)
    throw Error(where, "there are only " + std::to_string(devices) + " CUDA devices",
                "use one from cuda:0 to cuda:" + std::to_string(devices - 1));
  return {torch::kCUDA, static_cast<torch::DeviceIndex>(choice.index)};
}

}  // namespace newsclf
