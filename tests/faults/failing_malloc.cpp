// SPDX-License-Identifier: MIT
// A library for LD_PRELOAD in which allocations fail, and which tells where a program crashes.
//
//   FAULTS_COUNTER=FILE  an existing file of 8 bytes, which receives the number of allocations
//   FAULTS_MALLOC_AT=N   the N-th allocation fails, from 1; absent or 0: none
//   FAULTS_MALLOC_ALL=1  all later ones fail too
//
// A crash prints `faults: crashed in FILE`, the program or library whose code crashed or called
// the function of the C or C++ library that did.
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long>* counter = nullptr;  // in a file: the process may end at any moment
long fail_at = 0;
bool fail_all = false;

bool fails() {
  if (counter == nullptr) return false;
  const long n = counter->fetch_add(1) + 1;
  if (fail_at == 0 || (fail_all ? n < fail_at : n != fail_at)) return false;
  errno = ENOMEM;
  return true;
}

void begin_to_fail() {
  const char* const file = std::getenv("FAULTS_COUNTER");
  const char* const at = std::getenv("FAULTS_MALLOC_AT");
  const int fd = file == nullptr ? -1 : ::open(file, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void* const shared = ::mmap(nullptr, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (shared == MAP_FAILED) return;
  fail_at = at == nullptr ? 0 : std::atol(at);
  fail_all = std::getenv("FAULTS_MALLOC_ALL") != nullptr;
  counter = static_cast<std::atomic<long>*>(shared);
}

/// The file of the code at `address`; null if it is none, or the C or C++ library.
const char* owner_of(void* address) {
  Dl_info info{};
  if (::dladdr(address, &info) == 0 || info.dli_fname == nullptr) return nullptr;
  const char* const slash = std::strrchr(info.dli_fname, '/');
  const char* const name = slash == nullptr ? info.dli_fname : slash + 1;
  for (const char* const other : {"libc.", "libstdc++.", "libgcc_s.", "libm.", "ld-linux",
                                  "linux-vdso", "libfailing_malloc."})
    if (std::strncmp(name, other, std::strlen(other)) == 0) return nullptr;
  return name;
}

void tell_crash(int signal, siginfo_t*, void* context) {
  counter = nullptr;
  ::signal(signal, SIG_DFL);
  void* frames[64];
  const int count = ::backtrace(frames, 64);
  const char* owner = nullptr;
  for (int i = 0; i < count && owner == nullptr; ++i) owner = owner_of(frames[i]);
#ifdef __x86_64__
  // After a call of a null pointer only the stack has the address of the caller.
  auto* const stack =
      reinterpret_cast<void**>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RSP]);
  for (int i = 0; i < 8 && owner == nullptr; ++i) owner = owner_of(stack[i]);
#endif
  for (const char* const part :
       {"faults: crashed in ", owner == nullptr ? "unknown code" : owner, "\n"})
    if (::write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  ::raise(signal);
}

__attribute__((constructor)) void begin() {
  void* frame = nullptr;
  ::backtrace(&frame, 1);  // loads what it needs now
  struct sigaction action {};
  action.sa_sigaction = &tell_crash;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL})
    ::sigaction(signal, &action, nullptr);
  begin_to_fail();
}

}  // namespace

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) { return fails() ? nullptr : __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) {
  return fails() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) { return fails() ? nullptr : __libc_realloc(old, size); }
void* memalign(std::size_t alignment, std::size_t size) {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  *out = memalign(alignment, size);
  return *out == nullptr ? ENOMEM : 0;
}

}  // extern "C"
