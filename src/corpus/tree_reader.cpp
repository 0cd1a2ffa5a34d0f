// SPDX-License-Identifier: MIT
#include "corpus/tree_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "newsclf/corpus/label_set.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/text/blank.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

/// Entries of a directory in byte order of their names.
/// @throws Error if it cannot be listed
std::vector<fs::directory_entry> list_directory(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (auto entry = fs::directory_iterator(directory, error);
       !error && entry != fs::directory_iterator(); entry.increment(error))
    entries.push_back(*entry);
  if (error)
    throw Error(directory.string(), "cannot list this folder: " + error.message(),
                "check its permissions");
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.path().native() < b.path().native(); });
  return entries;
}

/// The whole file, or an errno value.
int read_file(const fs::path& path, std::string& bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return errno;
  struct stat status {};
  int error = ::fstat(fd, &status) == 0 ? 0 : errno;
  std::size_t size = 0;
  if (error == 0) bytes.resize(static_cast<std::size_t>(status.st_size) + 1);
  while (error == 0) {
    // One byte more than the file is said to hold: a file that grows meanwhile is read to its end.
    if (size == bytes.size()) bytes.resize(2 * size);
    const ssize_t n = ::read(fd, bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) error = errno;
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
  }
  ::close(fd);
  bytes.resize(size);
  return error;
}

/// A file that was found, and what came of reading it.
struct FoundFile {
  fs::path path;
  Document document;  // `text` is read later than the rest is known
  std::int64_t bytes = 0;
  bool repaired = false;
  int error = 0;  // errno
};

/// Everything that was met below the root, before any file is opened.
struct Found {
  std::vector<FoundFile> files;
  std::vector<std::string> folders;  // names of the folders below the root
  ReadCounts counts;
};

/// Finds the files of a label folder and of the folders in it.
/// @param below path of `folder` below its root
void find_files(const fs::path& folder, const std::string& below, const std::string& label,
                Found& found) {
  for (const fs::directory_entry& entry : list_directory(folder)) {
    std::error_code error;
    const std::string name = entry.path().filename().string();
    const std::string id = below + "/" + name;
    if (name.starts_with('.'))
      ++found.counts.hidden;
    else if (entry.is_symlink(error))
      found.counts.links.push_back(entry.path().string());
    else if (entry.is_directory(error))
      find_files(entry.path(), id, label, found);
    else if (entry.is_regular_file(error))
      found.files.push_back({entry.path(), {id, label, {}, true}});
    else if (error)
      found.counts.unreadable.push_back(entry.path().string() + ": " + error.message());
    else
      ++found.counts.not_regular;
  }
}

void read_text(FoundFile& file, InvalidUtf8 policy) {
  std::string& text = file.document.text;
  file.error = read_file(file.path, text);
  if (file.error != 0) return;
  file.bytes = static_cast<std::int64_t>(text.size());
  file.repaired = repair_utf8(text, policy, file.path.string());
}

/// Reads the files and counts what came of it, in their order.
Corpus read_found(Found found, InvalidUtf8 policy, Workers& workers) {
  constexpr std::int64_t kFilesPerPiece = 16;
  workers.for_each(found.files.size(), kFilesPerPiece,
                   [&](std::size_t i) { read_text(found.files[i], policy); });
  Corpus corpus{{}, std::move(found.counts), std::move(found.folders)};
  corpus.documents.reserve(found.files.size());
  for (FoundFile& file : found.files) {
    if (file.error != 0) {
      corpus.counts.unreadable.push_back(
          fmt::format("{}: {}", file.path.string(), std::strerror(file.error)));
      continue;
    }
    corpus.counts.bytes += file.bytes;
    corpus.counts.repaired += file.repaired;
    corpus.counts.empty += is_blank(file.document.text);
    ++corpus.counts.read;
    corpus.documents.push_back(std::move(file.document));
  }
  return corpus;
}

void find_tree(const fs::path& root, const ReadOptions& options, Found& found) {
  std::error_code error;
  if (!fs::exists(root, error))
    throw Error(root.string(), "there is no such folder",
                "give a folder that holds one folder a label");
  if (!fs::is_directory(root, error))
    throw Error(root.string(), "this is no folder", "give a folder that holds one folder a label");

  for (const fs::directory_entry& entry : list_directory(root)) {
    std::error_code unknown;
    const fs::file_status status = entry.symlink_status(unknown);
    const std::string label = entry.path().filename().string();
    if (label.starts_with('.')) {
      ++found.counts.hidden;
    } else if (unknown) {
      throw Error(entry.path().string(), "cannot look at this: " + unknown.message(),
                  "check the permissions of " + root.string());
    } else if (fs::is_symlink(status)) {
      found.counts.links.push_back(entry.path().string());
    } else if (!fs::is_directory(status)) {
      ++found.counts.outside;
    } else {
      found.folders.push_back(label);
      if (!options.wants(label)) continue;
      if (const std::string problem = label_problem(label); !problem.empty())
        throw Error(entry.path().string(), "the folder's name is a label and " + problem,
                    "rename the folder");
      find_files(entry.path(), label, label, found);
    }
  }
}

}  // namespace

Corpus read_tree(const fs::path& root, const ReadOptions& options, Workers& workers) {
  Found found;
  find_tree(root, options, found);
  if (found.folders.empty())
    throw Error(root.string(), "there is no label folder here",
                "give a folder that holds one folder a label and one file a document");
  return read_found(std::move(found), options.invalid_utf8, workers);
}

}  // namespace newsclf
