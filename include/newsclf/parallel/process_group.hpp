// SPDX-License-Identifier: MIT
// The processes that train one model together, on one machine or several. Each of them makes the
// same calls in the same order.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// The place of this process among those of a training.
struct ProcessPlace {
  int rank = 0;            ///< from 0
  int size = 1;            ///< the number of processes
  int local_rank = 0;      ///< among the processes of this machine
  std::string address;     ///< of the machine where process 0 runs
  int port = 0;            ///< where the processes find each other
  bool is_served = false;  ///< the launcher listens there; otherwise process 0 does
  int restarts = 0;        ///< how often the launcher has started all processes again
};

class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// Returns the bytes that each process gave, by rank.
  /// @throws Error if the connection to a process is lost
  virtual std::vector<std::string> gather(std::string_view bytes) = 0;
  /// Adds up the values of all processes, in place; all get the same bits. @param values as many in
  /// each process @throws Error as `gather`
  virtual void add_up(std::span<float> values) = 0;
};

}  // namespace newsclf
