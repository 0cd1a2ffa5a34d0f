// SPDX-License-Identifier: MIT
#include "newsclf/io/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <thread>

#include "support/failing_calls.hpp"
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

TEST_CASE("a file is not written if the machine cannot tell whether its name is taken") {
  const TempDir folder;
  folder.write("model", "old");
  bool is_forbidden = false;
  std::string message;
  std::thread([&] {
    is_forbidden = forbid({SYS_newfstatat, SYS_lstat}, EIO);
    try {
      if (is_forbidden) AtomicFile(folder / "model").commit();
    } catch (const Error& error) {
      message = error.what();
    }
  }).join();
  if (!is_forbidden) {
    WARN("not checked: this system has no seccomp");
    return;
  }
  CHECK_THAT(message, Catch::Matchers::Contains("model: cannot access it: Input/output error"));
  CHECK(read_file(folder / "model") == "old");
}

TEST_CASE("leftovers of a file are removed, but not those of running writers or other files") {
  const TempDir folder;
  const std::string dead = folder.write(".model.newsclf-0123abcd", "half");
  const std::string last_good = folder.write(".model.last-good.newsclf-0123abcd", "half");
  const Names others = {".model.newsclf-0123abc",   ".model.newsclf-0123abcx",
                        ".model2.newsclf-0123abcd", "model.newsclf-0123abcd",
                        ".model-0123abcd",          "model"};
  for (const std::string& other : others) folder.write(other, "");
  const AtomicFile running(folder / "model");
  const std::size_t names = names_in(folder.path()).size();
  Names removed = remove_leftovers(folder / "model");
  std::sort(removed.begin(), removed.end());
  CHECK(removed == Names{last_good, dead});
  CHECK(names_in(folder.path()).size() == names - 2);
  CHECK(remove_leftovers(folder / "model").empty());
  CHECK(remove_leftovers(folder / "missing/model").empty());
}

TEST_CASE("the temporary file of a killed process is a leftover") {
  const TempDir folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const AtomicFile file(folder / "model");
    ::kill(::getpid(), SIGKILL);
  }
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  CHECK(names_in(folder.path()).size() == 1);
  CHECK(remove_leftovers(folder / "model").size() == 1);
  CHECK(names_in(folder.path()).empty());
}

TEST_CASE("a temporary file that another process takes for a leftover is created again") {
  const TempDir folder;
  // `flock` fails as if another process had locked the new file to remove it; 100 times in a row.
  bool is_forbidden = false;
  std::string message;
  std::thread([&] {
    is_forbidden = forbid({SYS_flock}, EWOULDBLOCK);
    try {
      if (is_forbidden) AtomicFile file(folder / "model");
    } catch (const Error& error) {
      message = error.what();
    }
  }).join();
  if (!is_forbidden) WARN("not checked: this system has no seccomp");
  if (is_forbidden)
    CHECK_THAT(message, Catch::Matchers::Contains("cannot create a file in its folder"));
}

TEST_CASE("on file systems without locks files are written, and leftovers stay") {
  const TempDir folder;
  folder.write(".model.newsclf-0123abcd", "half");
  bool is_forbidden = false;
  std::thread([&] {
    is_forbidden = forbid({SYS_flock}, ENOLCK);
    CHECK(remove_leftovers(folder / "model").size() == (is_forbidden ? 0 : 1));
    AtomicFile(folder / "model").commit();
  }).join();
  CHECK(fs::exists(folder / "model"));
  if (!is_forbidden) WARN("not checked: this system has no seccomp");
}

TEST_CASE("the temporary files of all outputs can be removed at once") {
  const TempDir folder;
  AtomicFile first(folder / "first"), second(folder / "second");
  { AtomicFile done(folder / "done"); }
  AtomicFile third(folder / "third");
  third.commit();
  remove_temporaries();
  CHECK(names_in(folder.path()) == Names{"third"});
}

TEST_CASE("the longest name that a file may have can be written") {
  const TempDir folder;
  const std::string name(255, 'm');
  AtomicFile(folder / name).commit();
  CHECK(names_in(folder.path()) == Names{name});
}
