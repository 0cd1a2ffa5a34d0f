// SPDX-License-Identifier: MIT
#include "training/gloo_group.hpp"

#include "newsclf/error/error.hpp"

#ifdef NEWSCLF_HAS_GLOO

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <torch/torch.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "training/torch_errors.hpp"

namespace newsclf {
namespace {

/// Processes may start minutes apart.
constexpr std::chrono::minutes kJoining{5};
/// One process may wait for another that reads documents.
constexpr std::chrono::minutes kWaiting{30};

c10::intrusive_ptr<c10d::Store> open_store(const ProcessPlace& place) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(place.port);
  options.isServer = place.rank == 0 && !place.is_served;
  options.waitWorkers = false;
  options.timeout = kJoining;
  return c10::make_intrusive<c10d::PrefixStore>(
      fmt::format("newsclf/{}", place.restarts),
      c10::make_intrusive<c10d::TCPStore>(place.address, options));
}

/// As PyTorch does: the interface in GLOO_SOCKET_IFNAME, or the one of the host's name.
std::shared_ptr<gloo::transport::Device> open_device() {
  const char* const interface = std::getenv("GLOO_SOCKET_IFNAME");
  return interface != nullptr ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                              : c10d::ProcessGroupGloo::createDefaultDevice();
}

/// The first sentence of a message of Gloo or c10d, without the place in their source.
std::string cause_of(const std::exception& error) {
  std::string text = first_line(error.what());
  if (const std::size_t place = text.find("] "); text.starts_with('[') && place != text.npos)
    text.erase(0, place + 2);
  text.resize(std::min(text.size(), text.find(". ")));
  return text;
}

/// Runs `call` and returns its result; its errors mean that a process is gone.
template <typename Call>
auto with_messages(int rank, int size, const Call& call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(fmt::format("process {} of {}", rank, size),
                "the connection to another process is lost: " + cause_of(error),
                "see what that process says");
  }
}

class GlooGroup : public ProcessGroup {
 public:
  explicit GlooGroup(const ProcessPlace& place)
      : rank_(place.rank), size_(place.size), store_(open_store(place)) {
    auto options = c10d::ProcessGroupGloo::Options::create(kJoining);
    options->devices = {open_device()};
    group_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store_, rank_, size_, options);
    gather_equal(torch::zeros({1}));  // Gloo connects in the first call
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  std::vector<std::string> gather(std::string_view bytes) override {
    return with_messages(rank_, size_, [&] {
      const torch::Tensor sizes = gather_equal(torch::full({1}, std::ssize(bytes), torch::kInt64));
      std::vector<std::string> all;
      std::int64_t longest = 0;
      for (std::int64_t rank = 0; rank < size_; ++rank) {
        const auto size = sizes.const_data_ptr<std::int64_t>()[rank];
        longest = std::max(longest, size);
        all.emplace_back().reserve(static_cast<std::size_t>(size));
      }
      constexpr std::int64_t kPiece = 16 << 20;
      for (std::int64_t begin = 0; begin < longest; begin += kPiece) {
        const std::int64_t size = std::min(kPiece, longest - begin);
        const std::string_view own =
            bytes.substr(std::min(bytes.size(), static_cast<std::size_t>(begin)),
                         static_cast<std::size_t>(size));
        torch::Tensor piece = torch::zeros({size}, torch::kUInt8);
        std::ranges::copy(own, reinterpret_cast<char*>(piece.mutable_data_ptr()));
        const torch::Tensor pieces = gather_equal(piece);
        for (std::int64_t rank = 0; rank < size_; ++rank) {
          const std::int64_t left = sizes.const_data_ptr<std::int64_t>()[rank] - begin;
          if (left > 0)
            all[static_cast<std::size_t>(rank)].append(
                static_cast<const char*>(pieces[rank].const_data_ptr()),
                static_cast<std::size_t>(std::min(left, size)));
        }
      }
      return all;
    });
  }

  void add_up(std::span<float> values) override {
    with_messages(rank_, size_, [&] {
      std::vector<at::Tensor> tensors{torch::from_blob(values.data(), {std::ssize(values)})};
      c10d::AllreduceOptions options;
      options.timeout = kWaiting;
      group_->allreduce(tensors, options)->wait();
    });
  }

 private:
  /// Returns the tensors of all processes: [processes, size of `own`].
  torch::Tensor gather_equal(torch::Tensor own) {
    const torch::Tensor all = torch::empty({size_, own.size(0)}, own.options());
    std::vector<std::vector<at::Tensor>> outputs{all.unbind(0)};
    std::vector<at::Tensor> inputs{std::move(own)};
    c10d::AllgatherOptions options;
    options.timeout = kWaiting;
    group_->allgather(outputs, inputs, options)->wait();
    return all;
  }

  int rank_, size_;
  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
};

}  // namespace

std::unique_ptr<ProcessGroup> join_processes(const ProcessPlace& place) {
  try {
    return std::make_unique<GlooGroup>(place);
  } catch (const std::exception& error) {
    throw Error(fmt::format("process {} of {}", place.rank, place.size),
                fmt::format("cannot join the others at {}:{}: {}", place.address, place.port,
                            cause_of(error)),
                "check MASTER_ADDR and MASTER_PORT, and that all processes run");
  }
}

}  // namespace newsclf

#else

namespace newsclf {

std::unique_ptr<ProcessGroup> join_processes(const ProcessPlace&) {
  throw Error("RANK", "this LibTorch cannot connect several processes",
              "unset RANK and WORLD_SIZE to train in one process, or build newsclf with a LibTorch "
              "that has Gloo");
}

}  // namespace newsclf

#endif
