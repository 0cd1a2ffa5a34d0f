// SPDX-License-Identifier: MIT
#include "cli/training_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "cli/libtorch_finder.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibraryName = "libnewsclf_training.so";

/// Beside the program in a build, in its own folder of the libraries where newsclf is installed.
fs::path find_library() {
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  if (failure)
    throw Error("training library", "/proc/self/exe cannot be read: " + failure.message(),
                "mount /proc, by which the program finds its folder");
  const fs::path beside = program.parent_path();
  const fs::path installed = (beside / NEWSCLF_LIBRARY_FOLDER).lexically_normal();
  for (const fs::path& folder : {beside, installed})
    if (fs::exists(folder / kLibraryName, failure)) return folder / kLibraryName;
  throw Error("training library",
              fmt::format("{} is neither in {} nor in {}", kLibraryName, beside.string(),
                          installed.string()),
              "install the package newsclf-train, or build newsclf whole (scripts/setup.sh)");
}

void* open_library(const fs::path& path) {
  void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr)
    throw Error("training library", ::dlerror(),
                "install LibTorch " NEWSCLF_LIBTORCH_VERSION
                " and name its folder in NEWSCLF_LIBTORCH, or build newsclf anew");
  return handle;
}

/// Loads LibTorch by its full path; the training library then finds it loaded.
void open_libtorch() {
  const auto libtorch = find_libtorch();
  const char* const given = std::getenv("NEWSCLF_LIBTORCH");
  if (!libtorch && given != nullptr && *given != '\0')
    throw Error("NEWSCLF_LIBTORCH", fmt::format("{} holds no lib/libtorch_cpu.so", given),
                "name the folder of LibTorch " NEWSCLF_LIBTORCH_VERSION ", or unset it");
  if (!libtorch)
    throw Error("LibTorch", "not found, and it is needed for this",
                "pip install torch==" NEWSCLF_LIBTORCH_VERSION
                " and name its folder in NEWSCLF_LIBTORCH, or run scripts/setup.sh");
  // Its C++ interface is not stable between versions.
  if (!libtorch->version.starts_with(NEWSCLF_LIBTORCH_VERSION))
    throw Error("LibTorch",
                fmt::format("{} is version {}, and newsclf was built with {}",
                            libtorch->root.string(), libtorch->version, NEWSCLF_LIBTORCH_VERSION),
                "name a folder of that version in NEWSCLF_LIBTORCH, or build newsclf anew");
  open_library(libtorch->root / "lib" / "libtorch.so");
}

const TrainingLibrary& open() {
  const fs::path path = find_library();
  open_libtorch();
  void* const handle = open_library(path);
  auto* const entry =
      reinterpret_cast<TrainingLibraryEntry*>(::dlsym(handle, kTrainingLibraryEntry));
  const TrainingLibrary* const library = entry == nullptr ? nullptr : entry();
  if (library == nullptr || std::string_view(library->newsclf_version) != NEWSCLF_VERSION)
    throw Error(path.string(), "this library belongs to another version of newsclf",
                "build or install both from one source");
  return *library;
}

}  // namespace

const TrainingLibrary& open_training_library() {
  static const TrainingLibrary& library = open();
  return library;
}

}  // namespace newsclf
