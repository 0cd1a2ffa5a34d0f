// SPDX-License-Identifier: MIT
#include "newsclf/io/atomic_file.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <thread>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace fs = std::filesystem;

namespace {

void write_text(AtomicFile& file, std::string_view text) {
  file.write(std::as_bytes(std::span(text.data(), text.size())));
}

/// The names in a folder, including hidden ones.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

using Names = std::vector<std::string>;

/// Makes the system calls `calls` of this thread fail permanently with `error`.
bool forbid(std::initializer_list<std::uint32_t> calls, std::uint32_t error) {
  std::vector<sock_filter> program = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)};  // call number
  for (const std::uint32_t call : calls) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Writes two files to `path` that must not replace any; `message` is the error of the second.
void commit_twice(const std::string& path, std::string& message) {
  AtomicFile first(path, Replace::kNever);
  AtomicFile second(path, Replace::kNever);
  write_text(first, "first");
  write_text(second, "second");
  first.commit();
  try {  // `error_of` would abort the program in a thread
    second.commit();
  } catch (const Error& error) {
    message = error.what();
  }
}

}  // namespace

TEST_CASE("a file appears under its name only after the commit") {
  const TempDir folder;
  AtomicFile file(folder / "model");
  write_text(file, "first, ");
  write_text(file, "second");
  CHECK_FALSE(fs::exists(folder / "model"));
  file.commit();
  CHECK(read_file(folder / "model") == "first, second");
}

TEST_CASE("the temporary file is in the same folder and is gone after the commit") {
  const TempDir folder;
  AtomicFile file(folder / "model");
  CHECK(names_in(folder.path()).size() == 1);
  file.commit();
  CHECK(names_in(folder.path()) == Names{"model"});
}

TEST_CASE("a commit replaces the file that had the name") {
  const TempDir folder;
  folder.write("model", "old and longer");
  AtomicFile file(folder / "model");
  write_text(file, "new");
  file.commit();
  CHECK(read_file(folder / "model") == "new");
}

TEST_CASE("without a commit the old content stays and no temporary file is left") {
  const TempDir folder;
  folder.write("model", "old");
  {
    AtomicFile file(folder / "model");
    write_text(file, "new");
    CHECK(read_file(folder / "model") == "old");
  }
  CHECK(read_file(folder / "model") == "old");
  CHECK(names_in(folder.path()) == Names{"model"});
}

TEST_CASE("without a commit a new name never appears") {
  const TempDir folder;
  { AtomicFile(folder / "model"); }
  CHECK(names_in(folder.path()).empty());
}

TEST_CASE("a missing folder is an error that shows the file") {
  const TempDir folder;
  const std::string path = folder / "missing/model";
  CHECK(
      error_of([&] { AtomicFile file(path); }) ==
      path +
          ": cannot create a file in its folder: No such file or directory; check the folder, its "
          "permissions and free space");
  CHECK(names_in(folder.path()).empty());
}

TEST_CASE("anything except a regular file is not replaced") {
  const TempDir folder;
  std::filesystem::create_symlink("/dev/null", folder / "model");
  CHECK(error_of([&] { AtomicFile file(folder / "model"); }) ==
        folder / "model" + ": this is a symbolic link; name the file it points to");
  std::filesystem::create_directory(folder / "taken");
  CHECK(error_of([&] { AtomicFile file(folder / "taken"); }) ==
        folder / "taken" + ": this exists and is not a regular file; use another name");
}

TEST_CASE("a file that is replaced keeps its mode") {
  const TempDir folder;
  const std::string path = folder.write("model", "old");
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  AtomicFile file(path);
  file.commit();
  CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms(0600));
}

TEST_CASE("a commit that cannot rename the file leaves no temporary file") {
  const TempDir folder;
  AtomicFile file(folder / "model");
  folder.write("model/inside", "");
  CHECK(error_of([&] { file.commit(); }) ==
        folder / "model" +
            ": cannot rename the temporary file: Is a directory; check the folder, its "
            "permissions and free space");
  CHECK(names_in(folder.path()) == Names{"model"});
}

TEST_CASE("a write that does not fit is an error, and the old content stays") {
  // A file size limit simulates a full disk: part of the text is written, then writing fails.
  const TempDir folder;
  folder.write("model", "old");
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  std::string message;
  {
    AtomicFile file(folder / "model");
    const rlimit small{1000, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    message = error_of([&] { write_text(file, std::string(5000, 'x')); });
    ::setrlimit(RLIMIT_FSIZE, &before);
  }
  CHECK(message ==
        folder / "model" +
            ": cannot write: File too large; check the folder, its permissions and free space");
  CHECK(read_file(folder / "model") == "old");
  CHECK(names_in(folder.path()) == Names{"model"});
}

TEST_CASE("a name without a folder is a file in the working directory") {
  const TempDir folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  AtomicFile file("model");
  write_text(file, "here");
  file.commit();
  fs::current_path(before);
  CHECK(read_file(folder / "model") == "here");
}

TEST_CASE("the mode of a new file is 0666 without the umask bits") {
  const TempDir folder;
  const auto mask = GENERATE(0000u, 0002u, 0027u, 0077u);
  const mode_t before = ::umask(mask);
  AtomicFile file(folder / "model");
  file.commit();
  ::umask(before);
  const fs::perms mode = fs::status(folder / "model").permissions();
  CHECK(static_cast<unsigned>(mode) == (0666u & ~mask));
}

TEST_CASE("with Replace::kNever an existing file is refused at the start") {
  const TempDir folder;
  folder.write("model", "old");
  std::filesystem::create_symlink("none", folder / "link");
  for (const char* const name : {"model", "link"}) {
    try {
      AtomicFile file(folder / name, Replace::kNever);
      FAIL("no error was thrown");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kFileExists);
      CHECK(error.what() == folder / name + ": this file already exists");
    }
  }
  CHECK(names_in(folder.path()) == Names{"link", "model"});
}

TEST_CASE("with Replace::kNever a file created in the meantime is refused at the commit") {
  const TempDir folder;
  std::string message;
  commit_twice(folder / "model", message);
  CHECK(message == folder / "model" + ": this file already exists");
  CHECK(read_file(folder / "model") == "first");
  CHECK(names_in(folder.path()) == Names{"model"});
}

TEST_CASE("nothing is replaced on file systems that cannot rename without replacing") {
  const TempDir folder;
  const bool has_links = GENERATE(true, false);
  bool is_forbidden = false;
  std::string message;
  std::thread([&] {  // the filter applies only to this thread
    is_forbidden = forbid({SYS_renameat2}, EINVAL);
#ifdef SYS_link
    if (!has_links) is_forbidden &= forbid({SYS_link}, EPERM);
#endif
    if (!has_links) is_forbidden &= forbid({SYS_linkat}, EPERM);
    if (is_forbidden) commit_twice(folder / "model", message);
  })
      .join();
  if (!is_forbidden) {
    WARN("not checked: this system has no seccomp");
    return;
  }
  CHECK(message == folder / "model" + ": this file already exists");
  CHECK(read_file(folder / "model") == "first");
  CHECK(names_in(folder.path()) == Names{"model"});
}

TEST_CASE("creating a file does not change the umask, which all threads share") {
  const TempDir folder;
  const mode_t before = ::umask(0027);
  bool is_forbidden = false;
  std::thread([&] {
    is_forbidden = forbid({SYS_umask}, EPERM);
    AtomicFile(folder / "model").commit();
  }).join();
  ::umask(before);
  CHECK(static_cast<unsigned>(fs::status(folder / "model").permissions()) == 0640u);
  if (!is_forbidden) WARN("not checked: this system has no seccomp");
}
