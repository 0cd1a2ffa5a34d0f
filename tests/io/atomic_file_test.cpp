// SPDX-License-Identifier: MIT
#include "newsclf/io/atomic_file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace fs = std::filesystem;

namespace {

void write_text(AtomicFile& file, std::string_view text) {
  file.write(std::as_bytes(std::span(text.data(), text.size())));
}

/// The names in a folder, hidden ones too.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a file stands under its name only once it is committed") {
  const TempDir folder;
  AtomicFile file(folder / "model");
  write_text(file, "first, ");
  write_text(file, "second");
  CHECK_FALSE(fs::exists(folder / "model"));
  file.commit();
  CHECK(read_file(folder / "model") == "first, second");
}

TEST_CASE("the temporary file is in the same folder, and gone after the commit") {
  const TempDir folder;
  AtomicFile file(folder / "model");
  CHECK(names_in(folder.path()).size() == 1);
  file.commit();
  CHECK(names_in(folder.path()) == Names{"model"});
}

TEST_CASE("a commit replaces what stood under the name") {
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

TEST_CASE("a missing folder is an error that names the file") {
  const TempDir folder;
  const std::string path = folder / "missing/model";
  CHECK(error_of([&] { AtomicFile file(path); }) ==
        path +
            ": cannot make a file in its folder: No such file or directory; check the folder, its "
            "permissions and free space");
  CHECK(names_in(folder.path()).empty());
}

TEST_CASE("what is no regular file is not replaced") {
  const TempDir folder;
  std::filesystem::create_symlink("/dev/null", folder / "model");
  CHECK(error_of([&] { AtomicFile file(folder / "model"); }) ==
        folder / "model" + ": this is a symbolic link; name the file it points to");
  std::filesystem::create_directory(folder / "taken");
  CHECK(error_of([&] { AtomicFile file(folder / "taken"); }) ==
        folder / "taken" + ": this is there and is not a regular file; take another name");
}

TEST_CASE("a file that is replaced keeps its mode") {
  const TempDir folder;
  const std::string path = folder.write("model", "old");
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  AtomicFile file(path);
  file.commit();
  CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms(0600));
}

TEST_CASE("a commit that cannot put the file in its place leaves no temporary file") {
  const TempDir folder;
  AtomicFile file(folder / "model");
  folder.write("model/inside", "");
  CHECK(error_of([&] { file.commit(); }) ==
        folder / "model" +
            ": cannot put the new file in its place: Is a directory; check the folder, its "
            "permissions and free space");
  CHECK(names_in(folder.path()) == Names{"model"});
}

TEST_CASE("a write that does not fit is an error, and the old content stays") {
  // A limit on the size of files stands in for a full disk: part is written, then nothing.
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

TEST_CASE("a name without a folder is a file of the working folder") {
  const TempDir folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  AtomicFile file("model");
  write_text(file, "here");
  file.commit();
  fs::current_path(before);
  CHECK(read_file(folder / "model") == "here");
}

TEST_CASE("the mode of the file is what the umask leaves of 0666") {
  const TempDir folder;
  const auto mask = GENERATE(0000u, 0002u, 0027u, 0077u);
  const mode_t before = ::umask(mask);
  AtomicFile file(folder / "model");
  file.commit();
  ::umask(before);
  const fs::perms mode = fs::status(folder / "model").permissions();
  CHECK(static_cast<unsigned>(mode) == (0666u & ~mask));
}
