// SPDX-License-Identifier: MIT
#include "io/scratch_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "features/token_runs.hpp"
#include "newsclf/corpus/collected_documents.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace fs = std::filesystem;

namespace {

/// Overwrites the begin of the files without names in `folder`, as a disk may that fails.
void damage_files(const std::string& folder, std::size_t bytes, char value) {
  const std::string garbage(bytes, value);
  std::size_t files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (!fs::read_symlink(entry.path(), gone).string().starts_with(folder + "/")) continue;
    const int fd = ::open(entry.path().c_str(), O_WRONLY);
    REQUIRE(fd >= 0);
    REQUIRE(::pwrite(fd, garbage.data(), garbage.size(), 0) ==
            static_cast<ssize_t>(garbage.size()));
    ::close(fd);
    ++files;
  }
  REQUIRE(files == 1);
}

}  // namespace

TEST_CASE("a file without a name returns what was appended") {
  const TempDir folder;
  ScratchFile file(folder.path());
  const std::vector<std::int32_t> few = {1, 2, 3};
  const std::vector<std::int32_t> many(1'000'000, 7);
  file.append_values(std::span(few));
  file.append_values(std::span(many));
  file.check();
  CHECK(file.size() == 4 * (few.size() + many.size()));
  std::vector<std::int32_t> read(10);
  CHECK(file.read(4, std::as_writable_bytes(std::span(read))) == 40);
  CHECK(read == std::vector<std::int32_t>{2, 3, 7, 7, 7, 7, 7, 7, 7, 7});
  CHECK(file.read(file.size() - 4, std::as_writable_bytes(std::span(read))) == 4);
  CHECK(file.map_values<std::int32_t>()[2] == 3);
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("documents and counts on a disk that fails are an error") {
  const TempDir folder;
  const std::string expected =
      folder.path().string() + ": cannot read the cache: Input/output error";
  const char value = GENERATE('\xff', '\x7f', '\x01');
  {
    DocumentsOnDisk documents(folder.path());
    for (int d = 0; d < 3; ++d) documents.add({"", "space", "moon"});
    documents.finish();
    CHECK(documents.next().size() == 3);
    documents.rewind();
    damage_files(folder.path(), 24, value);
    CHECK(error_of([&] { documents.next(); }) == expected);
  }
  TokenRuns counts(folder.path(), 1 << 20);
  counts.add(std::vector<TokenOccurrence>{{"moon    ", 1, TokenKind::kWord}});
  counts.end_document();
  counts.finish();
  const auto merge = [&] {
    merge_runs(counts.runs(), 1 << 20, [](std::string_view, TokenKind, std::uint64_t) {});
  };
  merge();
  damage_files(folder.path(), 24, value);
  CHECK(error_of(merge) == expected);
}
