// SPDX-License-Identifier: MIT
#include "newsclf/training/backend.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <vector>

#include "newsclf/error/error.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibraryName = "libnewsclf_training.so";

/// The folder of the program or shared library that contains this code; empty if it cannot be
/// determined.
fs::path own_folder() {
  Dl_info info{};
  std::error_code ignored;
  if (::dladdr(reinterpret_cast<const void*>(&find_backend), &info) != 0 &&
      fs::path(info.dli_fname).extension() == ".so")
    return fs::path(info.dli_fname).parent_path();
  // For a program, dladdr returns argv[0], which may be a link or a name on the PATH.
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

std::string find_library(const std::string& given) {
  std::error_code ignored;
  const auto there = [&](const fs::path& path) { return fs::exists(path, ignored); };
  if (!given.empty()) {
    if (there(given)) return given;
    throw Error(given, "the training library does not exist", "install the package newsclf-train");
  }
  const fs::path own = own_folder();
  std::vector<std::string> folders;
  for (const fs::path& folder : {own, (own / NEWSCLF_LIBRARY_FOLDER).lexically_normal(),
                                 fs::path(NEWSCLF_LIBRARY_INSTALLED)}) {
    if (there(folder / kLibraryName)) return folder / kLibraryName;
    folders.push_back(folder.string());
  }
  throw Error("training library",
              fmt::format("{} was not found in {}", kLibraryName, fmt::join(folders, ", ")),
              "install the package newsclf-train, or build all of newsclf (scripts/setup.sh)");
}

/// Reads the version from version.py of a pip wheel or build-version of an unpacked archive.
std::string version_of(const fs::path& root) {
  std::string line;
  if (std::ifstream archive(root / "build-version"); std::getline(archive, line)) return line;
  for (std::ifstream wheel(root / "version.py"); std::getline(wheel, line);) {
    const std::size_t open = line.find('\'');
    if (line.starts_with("__version__") && open != std::string::npos)
      return line.substr(open + 1, line.rfind('\'') - open - 1);
  }
  return {};
}

/// The absolute folders to search, in order.
std::vector<fs::path> candidates() {
  std::vector<fs::path> folders;
  if (const char* given = std::getenv("NEWSCLF_LIBTORCH"); given != nullptr && *given != '\0')
    return {fs::absolute(given)};
  folders.emplace_back(NEWSCLF_BUILT_WITH_LIBTORCH);
  // The active Python environments, and the one that the program is installed in.
  std::vector<fs::path> environments;
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"})
    if (const char* environment = std::getenv(variable); environment != nullptr)
      environments.emplace_back(environment);
  environments.push_back(own_folder().parent_path());
  std::error_code ignored;
  for (const fs::path& environment : environments)
    for (const auto& entry : fs::directory_iterator(environment / "lib", ignored))
      if (entry.path().is_absolute()) folders.push_back(entry.path() / "site-packages" / "torch");
  return folders;
}

std::string find_matching_libtorch() {
  const auto libtorch = find_libtorch();
  const char* const given = std::getenv("NEWSCLF_LIBTORCH");
  if (!libtorch && given != nullptr && *given != '\0')
    throw Error("NEWSCLF_LIBTORCH", fmt::format("{} does not contain lib/libtorch_cpu.so", given),
                "set it to the folder of LibTorch " NEWSCLF_LIBTORCH_VERSION ", or unset it");
  if (!libtorch)
    throw Error("LibTorch", "not found, but this command needs it",
                "pip install torch==" NEWSCLF_LIBTORCH_VERSION
                " and set NEWSCLF_LIBTORCH to its folder, or run scripts/setup.sh");
  // Its C++ interface is not stable between versions.
  if (!libtorch->version.starts_with(NEWSCLF_LIBTORCH_VERSION))
    throw Error("LibTorch",
                fmt::format("{} has version {}, but newsclf was built with {}",
                            libtorch->root.string(), libtorch->version, NEWSCLF_LIBTORCH_VERSION),
                "set NEWSCLF_LIBTORCH to a folder of that version, or rebuild newsclf");
  return libtorch->root;
}

void* open_library(const std::string& path) {
  void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr)
    throw Error("training library", ::dlerror(),
                "install LibTorch " NEWSCLF_LIBTORCH_VERSION
                " and set NEWSCLF_LIBTORCH to its folder, or rebuild newsclf");
  return handle;
}

const Backend* load(const BackendFiles& files) {
  // Loaded by its full path first, so that the training library finds it already loaded.
  open_library(fs::path(files.libtorch) / "lib" / "libtorch.so");
  void* const handle = open_library(files.library);
  auto* const entry = reinterpret_cast<BackendEntry*>(::dlsym(handle, kBackendEntry));
  const Backend* const backend = entry == nullptr ? nullptr : entry(NEWSCLF_VERSION);
  if (backend == nullptr)
    throw Error(files.library, "this library belongs to another version of newsclf",
                "build or install both from the same source");
  return backend;
}

/// The backend of a library that another thread loads.
class LoadingBackend : public Backend {
 public:
  explicit LoadingBackend(const BackendFiles& files)
      : loaded_(run_aside([files] { return load(files); }).share()) {}

  std::string libtorch_version() const override { return loaded_.get()->libtorch_version(); }
  TrainingResult train(const TrainingData& data, const TrainingOptions& options,
                       const DeviceChoice& device, Workers& workers,
                       const TrainingObserver& observer, TrainingCheckpoints* checkpoints,
                       ProcessGroup* processes) const override {
    return loaded_.get()->train(data, options, device, workers, observer, checkpoints, processes);
  }
  std::unique_ptr<ProcessGroup> join(const ProcessPlace& place) const override {
    return loaded_.get()->join(place);
  }
  ForwardPass open_forward(const Ensemble& ensemble, const DeviceChoice& device,
                           int threads) const override {
    return loaded_.get()->open_forward(ensemble, device, threads);
  }
  LowRank reduce_rank(std::span<const float> weights, std::int64_t width,
                      std::span<const float> importance, std::int64_t rank,
                      Workers& workers) const override {
    return loaded_.get()->reduce_rank(weights, width, importance, rank, workers);
  }

 private:
  std::shared_future<const Backend*> loaded_;
};

}  // namespace

std::optional<FoundLibTorch> find_libtorch() {
  for (const fs::path& root : candidates()) {
    std::error_code ignored;
    if (fs::exists(root / "lib" / "libtorch_cpu.so", ignored))
      return FoundLibTorch{root, version_of(root)};
  }
  return std::nullopt;
}

BackendFiles find_backend(const std::string& library) {
  return {find_library(library), find_matching_libtorch()};
}

std::unique_ptr<Backend> open_backend(const BackendFiles& files) {
  return std::make_unique<LoadingBackend>(files);
}

}  // namespace newsclf
