// SPDX-License-Identifier: MIT
#include "cli/signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "cli/console.hpp"
#include "newsclf/io/atomic_file.hpp"

namespace newsclf {
namespace {

constexpr std::pair<int, const char*> kEndings[] = {
    {SIGINT, "interrupted"}, {SIGTERM, "terminated"}, {SIGHUP, "ended: the terminal was closed"}};

std::string lines[std::size(kEndings)];  // ready-made: a handler must not allocate
std::atomic<bool> is_ending{false};
std::atomic<bool> signals_wait{false};
std::atomic<int> waiting{0};  // the signal that came meanwhile

void print_ending(int signal) {
  for (std::size_t i = 0; i < std::size(kEndings); ++i)
    if (kEndings[i].first == signal) [[maybe_unused]]
      const auto n = ::write(STDERR_FILENO, lines[i].data(), lines[i].size());
}

[[noreturn]] void end_with_status_of(int signal) {
  constexpr int kStatus = 128;
  ::_exit(kStatus + signal);
}

/// May run on any thread, at any moment; calls only async-signal-safe functions.
extern "C" void end_on_signal(int signal) {
  int none = 0;
  if (signals_wait && waiting.compare_exchange_strong(none, signal)) {
    print_ending(signal);
    return;
  }
  if (!is_ending.exchange(true)) {
    remove_temporaries();
    if (waiting == 0) print_ending(signal);
  }
  end_with_status_of(signal);
}

[[noreturn]] void end_with(std::string_view line) {
  [[maybe_unused]] const auto n = ::write(STDERR_FILENO, line.data(), line.size());
  ::_exit(1);
}

/// A page of a mapped file is gone.
extern "C" void end_on_lost_page(int signal, siginfo_t* info, void*) {
  if (info->si_code != BUS_ADRERR) {
    ::signal(signal, SIG_DFL);  // the instruction is repeated
    return;
  }
  remove_temporaries();
  end_with("newsclf: a file that was in use was cut, or its disk failed; run again\n");
}

/// Called for an exception that nothing catches: of a thread of LibTorch, of a static initializer,
/// of printing a message, or of a destructor while another exception passes.
[[noreturn]] void end_on_terminate() {
  remove_temporaries();
  try {
    if (const auto failure = std::current_exception()) std::rethrow_exception(failure);
  } catch (const std::bad_alloc&) {
    end_with("newsclf: out of memory\n");
  } catch (...) {
    std::abort();
  }
  if (std::uncaught_exceptions() > 0)
    end_with("newsclf: an error could not be handled, perhaps since there is too little memory\n");
  std::abort();
}

/// Before the static initializers of CLI11, which allocate.
[[gnu::constructor(101)]] void handle_terminate() { std::set_terminate(&end_on_terminate); }

}  // namespace

void handle_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  // A bar, or the ^C of the terminal, may be on the current line.
  const std::string beginning = ::isatty(STDERR_FILENO) != 0 ? "\n" : "";
  for (std::size_t i = 0; i < std::size(kEndings); ++i) {
    const auto [signal, what] = kEndings[i];
    lines[i] = beginning + styled(Style::kError, "newsclf:", STDERR_FILENO) + ' ' + what + '\n';
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = &end_on_signal;
    action.sa_flags = SA_NODEFER;  // a second signal interrupts a handler that cannot go on
    ::sigaction(signal, &action, nullptr);
  }
  struct sigaction action {};
  action.sa_sigaction = &end_on_lost_page;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &action, nullptr);
}

void SignalsWait::begin() { signals_wait = true; }

void SignalsWait::end() {
  signals_wait = false;
  if (waiting == 0) return;
  remove_temporaries();
  end_with_status_of(waiting);
}

bool SignalsWait::arrived() { return waiting != 0; }

}  // namespace newsclf
