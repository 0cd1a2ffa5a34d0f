// SPDX-License-Identifier: MIT
#include "cli/work_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "newsclf/report/numbers.hpp"

namespace newsclf {

WorkProgress::WorkProgress(const Console& console, std::string what)
    : bar_(console), what_(std::move(what)) {}

void WorkProgress::update(double done, std::int64_t documents) {
  if (!bar_.is_shown()) return;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  const double rate = static_cast<double>(documents) / std::max(elapsed.count(), 1e-9);
  const double left = elapsed.count() * (1 - done) / std::max(done, 1e-9);
  bar_.update(done, {fmt::format("{} documents {}", with_commas(documents), what_),
                     fmt::format("{} documents/s", with_commas(std::llround(rate))),
                     duration(left) + " left"});
}

}  // namespace newsclf
