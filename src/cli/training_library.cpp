// SPDX-License-Identifier: MIT
#include "newsclf/cli/training_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "newsclf/cli/libtorch_finder.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibraryName = "libnewsclf_training.so";

fs::path find_library() {
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
  if (fs::exists(folder / kLibraryName)) return folder / kLibraryName;
  throw Error("training library", fmt::format("{} is not in {}", kLibraryName, folder.string()),
              "build newsclf whole (scripts/setup.sh), or move the library beside the program");
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
