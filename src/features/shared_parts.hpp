// SPDX-License-Identifier: MIT
// The counts of several processes: each counts the tokens of some documents, then all get all.
#pragma once

#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include "features/counted_documents.hpp"
#include "newsclf/parallel/process_group.hpp"
#include "parallel/packed_arrays.hpp"

namespace newsclf {

/// The parts of the documents that each process counts.
class SharedParts {
 public:
  /// @param processes null: there is only this one @param parts how many each process counts
  SharedParts(ProcessGroup* processes, std::size_t parts) : processes_(processes) {
    sizes_.assign(1, parts);
    if (processes == nullptr) return;
    ArrayPacker packer;
    packer.add(sizes_);
    sizes_.clear();
    for (const std::string& bytes : processes->gather(packer.bytes()))
      sizes_.push_back(ArrayUnpacker(bytes).take<std::size_t>().at(0));
  }

  std::size_t size() const { return std::accumulate(sizes_.begin(), sizes_.end(), std::size_t{0}); }
  std::size_t first_of(std::size_t rank) const {
    return std::accumulate(sizes_.begin(), sizes_.begin() + static_cast<std::ptrdiff_t>(rank),
                           std::size_t{0});
  }
  std::size_t first() const { return first_of(rank()); }
  std::size_t own() const { return sizes_[rank()]; }
  std::size_t rank() const {
    return processes_ == nullptr ? 0 : static_cast<std::size_t>(processes_->rank());
  }
  std::size_t processes() const { return sizes_.size(); }

  /// Sends what `pack` adds of each own part, and calls `unpack` with each part of the others.
  template <typename Pack, typename Unpack>
  void exchange(std::vector<CountedPart>& parts, const Pack& pack, const Unpack& unpack) const {
    if (processes_ == nullptr) return;
    ArrayPacker packer;
    for (std::size_t p = first(); p < first() + own(); ++p) (parts[p].*pack)(packer);
    const std::vector<std::string> all = processes_->gather(packer.bytes());
    for (std::size_t r = 0; r < all.size(); ++r) {
      if (r == rank()) continue;
      ArrayUnpacker arrays(all[r]);
      for (std::size_t p = first_of(r); p < first_of(r) + sizes_[r]; ++p)
        (parts[p].*unpack)(arrays);
    }
  }

  /// Gets the runs that the others have counted; those of this process are not empty.
  void exchange(std::vector<CountedRun>& runs) const {
    if (processes_ == nullptr) return;
    ArrayPacker packer;
    packer.add(runs);
    for (const std::string& bytes : processes_->gather(packer.bytes())) {
      const auto others = ArrayUnpacker(bytes).take<CountedRun>();
      for (std::size_t r = 0; r < runs.size(); ++r)
        if (others.at(r).last > 0) runs[r] = others[r];
    }
  }

 private:
  ProcessGroup* processes_;
  std::vector<std::size_t> sizes_;  // parts of each process
};

}  // namespace newsclf
