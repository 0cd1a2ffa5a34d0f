// SPDX-License-Identifier: MIT
#include "newsclf/parallel/workers.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace newsclf {

Workers::Workers(int threads) : process_(::getpid()) {
  try {
    for (int t = 1; t < threads; ++t) helpers_.emplace_back([this] { help(); });
  } catch (const std::exception&) {  // continue with the threads that were started
  }
}

Workers::~Workers() {
  if (is_forked()) {  // the threads belong to the parent: they cannot be joined or detached
    new std::vector<std::thread>(std::move(helpers_));
    return;
  }
  stop_ = true;
  ++round_;
  round_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

bool Workers::is_forked() const { return ::getpid() != process_; }

void Workers::share(std::int64_t count, std::int64_t piece,
                    const std::function<void(std::int64_t, std::int64_t)>& body) {
  if (helpers_.empty() || count <= piece || is_forked() || busy_.exchange(true)) {
    for (std::int64_t begin = 0; begin < count; begin += piece)
      body(begin, std::min(begin + piece, count));
    return;
  }
  body_ = &body;
  count_ = count;
  piece_ = piece;
  next_ = 0;
  inside_ = kOpen;
  ++round_;
  round_.notify_all();
  take_pieces();
  // Do not wait for helpers that have not joined yet because their processor is busy.
  inside_ &= ~kOpen;
  for (std::uint32_t inside; (inside = inside_) != 0;) inside_.wait(inside);
  const std::exception_ptr failure = std::exchange(failure_, nullptr);
  busy_ = false;
  if (failure) std::rethrow_exception(failure);
}

void Workers::help() {
  for (std::uint32_t seen = 0;; round_.wait(seen)) {
    seen = round_;
    if (stop_) return;
    // Join the current loop if it is still open.
    std::uint32_t inside = inside_;
    while ((inside & kOpen) != 0 && !inside_.compare_exchange_weak(inside, inside + 1)) {
    }
    if ((inside & kOpen) == 0) continue;
    take_pieces();
    if (--inside_ == 0) inside_.notify_one();
  }
}

void Workers::take_pieces() {
  for (std::int64_t begin; (begin = next_.fetch_add(piece_)) < count_;) {
    try {
      (*body_)(begin, std::min(begin + piece_, count_));
    } catch (...) {
      const std::lock_guard lock(failure_mutex_);
      if (!failure_ || begin < failed_at_) {
        failure_ = std::current_exception();
        failed_at_ = begin;
      }
      next_ = count_;  // the pieces before this one were already taken
    }
  }
}

}  // namespace newsclf
