// SPDX-License-Identifier: MIT
#include "commands/training_log.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "newsclf/error/error.hpp"

namespace newsclf {

TrainingLog::TrainingLog(const std::string& path) : path_(path) {
  if (path.empty()) return;
  file_.open(path, std::ios::trunc);
  if (!file_) throw Error(path, std::string("cannot be written: ") + std::strerror(errno));
}

void TrainingLog::add(const TrainingProgress& progress, bool refit) {
  if (path_.empty() || progress.epoch_end == nullptr) return;
  const EpochRecord& epoch = *progress.epoch_end;
  std::string line = fmt::format("{{\"epoch\":{},\"loss\":{}", epoch.epoch, epoch.loss);
  if (epoch.valid_loss) line += fmt::format(",\"valid_loss\":{}", *epoch.valid_loss);
  if (epoch.valid_accuracy) line += fmt::format(",\"valid_accuracy\":{}", *epoch.valid_accuracy);
  const double documents = static_cast<double>(progress.epoch * progress.documents);
  line += fmt::format(",\"lr\":{},\"documents_per_s\":{:.1f},\"elapsed_s\":{:.3f}", epoch.lr,
                      documents / std::max(progress.elapsed_s, 1e-9), progress.elapsed_s);
  if (refit) line += ",\"refit\":true";
  fmt::print(file_, "{}}}\n", line);
  file_.flush();
  if (!file_) throw Error(path_, std::string("cannot be written: ") + std::strerror(errno));
}

}  // namespace newsclf
