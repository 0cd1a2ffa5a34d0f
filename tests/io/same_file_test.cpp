// SPDX-License-Identifier: MIT
#include "newsclf/io/same_file.hpp"

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace fs = std::filesystem;

namespace {

bool is_same(const std::string& one, const std::string& other) {
  return identify_file(one) == identify_file(other);
}

}  // namespace

TEST_CASE("a file is the same under every path to it") {
  const TempDir folder;
  const std::string file = folder.write("file", "x");
  folder.write("other", "x");
  fs::create_hard_link(file, folder / "hard");
  fs::create_symlink("file", folder / "soft");
  fs::create_directory_symlink(".", folder / "here");
  for (const char* const name : {"hard", "soft", "./file", "here/file", "here/here/soft"})
    CHECK(is_same(file, folder / name));
  CHECK_FALSE(is_same(file, folder / "other"));
  CHECK_FALSE(is_same(file, folder / "none"));
  CHECK_FALSE(is_same(file, folder.path().string()));
}

TEST_CASE("a file that does not exist yet is the same under every spelling") {
  const TempDir folder;
  const std::string file = folder / "none";
  fs::create_symlink("none", folder / "soft");
  fs::create_symlink("soft", folder / "softer");
  fs::create_directory_symlink(".", folder / "here");
  for (const char* const name : {"none", "./none", "here/none", "soft", "softer", "no/../none"})
    CHECK(is_same(file, folder / name));
  CHECK_FALSE(is_same(file, folder / "nothing"));
  CHECK_FALSE(is_same(file, folder / "none/below"));
  CHECK(identify_file(file).inode == 0);

  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  CHECK(is_same("none", file));
  fs::current_path(before);
}

TEST_CASE("links that form a cycle are separate files") {
  const TempDir folder;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  fs::create_symlink("c", folder / "c");
  CHECK(is_same(folder / "a", folder / "./a"));
  CHECK_FALSE(is_same(folder / "a", folder / "c"));
}
