// SPDX-License-Identifier: MIT
#include "newsclf/training/workers.hpp"

#include <algorithm>

namespace newsclf {

Workers::Workers(int threads) {
  for (int t = 1; t < threads; ++t) helpers_.emplace_back([this] { help(); });
}

Workers::~Workers() {
  stop_ = true;
  ++round_;
  round_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

void Workers::share(std::int64_t count, std::int64_t piece,
                    const std::function<void(std::int64_t, std::int64_t)>& body) {
  if (helpers_.empty() || count <= piece) {
    if (count > 0) body(0, count);
    return;
  }
  body_ = &body;
  count_ = count;
  piece_ = piece;
  next_ = 0;
  busy_ = static_cast<int>(helpers_.size());
  ++round_;
  round_.notify_all();
  take_pieces();
  for (int busy; (busy = busy_) != 0;) busy_.wait(busy);
}

void Workers::help() {
  std::uint32_t seen = 0;
  while (true) {
    round_.wait(seen);
    seen = round_;
    if (stop_) return;
    take_pieces();
    if (--busy_ == 0) busy_.notify_one();
  }
}

void Workers::take_pieces() {
  for (std::int64_t begin; (begin = next_.fetch_add(piece_)) < count_;)
    (*body_)(begin, std::min(begin + piece_, count_));
}

}  // namespace newsclf
