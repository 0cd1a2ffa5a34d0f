// SPDX-License-Identifier: MIT
#include "corpus/tree_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "corpus/binary_files.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/text/encoding.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

/// Returns the entries of a directory in byte order of their names.
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
  std::ranges::sort(entries, {}, [](const auto& e) -> auto& { return e.path().native(); });
  return entries;
}

/// Reads the file, or its first `most` bytes; returns 0, or an errno value.
int read_file(const fs::path& path, std::size_t most, std::string& bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return errno;
  struct stat status {};
  int error = ::fstat(fd, &status) == 0 ? 0 : errno;
  std::size_t size = 0;
  // Read one byte more than the file size, to notice a file that is growing.
  if (error == 0) bytes.resize(std::min(static_cast<std::size_t>(status.st_size) + 1, most));
  while (error == 0 && size < most) {
    if (size == bytes.size()) bytes.resize(std::min(2 * size, most));
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

/// Finds the files of a label folder and its subfolders; the texts are read later.
/// @param below path of `folder` relative to the root of the tree
void find_files(const fs::path& folder, const std::string& below, const std::string& label,
                Corpus& found) {
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
      found.documents.push_back({id, label, {}, true});
    else if (error)
      found.counts.unreadable.push_back(entry.path().string() + ": " + error.message());
    else
      ++found.counts.not_regular;
  }
}

void find_tree(const fs::path& root, const ReadOptions& options, Corpus& found) {
  std::error_code error;
  if (!fs::is_directory(root, error))
    throw Error(root.string(), fs::exists(root, error) ? "this is not a folder" : "no such folder",
                "give a folder with one folder per label");

  for (const fs::directory_entry& entry : list_directory(root)) {
    std::error_code unknown;
    const fs::file_status status = entry.symlink_status(unknown);
    const std::string name = entry.path().filename().string();
    std::string label = name;
    clean_label(label);
    if (name.starts_with('.')) {
      ++found.counts.hidden;
    } else if (unknown) {
      throw Error(entry.path().string(), "cannot access this: " + unknown.message(),
                  "check the permissions of " + root.string());
    } else if (fs::is_symlink(status)) {
      found.counts.links.push_back(entry.path().string());
    } else if (!fs::is_directory(status)) {
      ++found.counts.outside;
    } else {
      found.met_labels.push_back(label);
      if (!options.wants(label)) continue;
      if (const std::string problem = label_problem(label); !problem.empty())
        throw Error(entry.path().string(), "the folder name is not a valid label: it " + problem,
                    "rename the folder");
      find_files(entry.path(), name, label, found);
    }
  }
}

}  // namespace

LimitedText decode_limited(std::string& text, const ReadOptions& options,
                           const std::string& where) {
  const ReadLimits& limits = options.limits;
  LimitedText limited;
  const auto cut = [&] {
    if (text.size() <= limits.document) return;
    if (limits.on_long == OnLong::kError) throw long_document(where, limits);
    limited.is_long = true;
    text.resize(limits.on_long == OnLong::kSkip ? 0 : cut_to(text, limits.document).size());
    text.shrink_to_fit();
  };
  cut();
  limited.bytes = text.size();
  limited.repair =
      decode_document(text, options.encoding, options.invalid_utf8, where, limited.is_long);
  cut();
  return limited;
}

void read_texts(Corpus& corpus, const ReadOptions& options, Workers& workers,
                const std::function<int(Document&)>& read,
                const std::function<std::string(const Document&)>& path_of) {
  struct Outcome {
    int error = 0;
    bool binary = false;
    LimitedText text = {};
  };
  constexpr std::size_t kFirstBytes = 4096;
  constexpr std::int64_t kTextsPerPiece = 16;
  std::vector<Document>& documents = corpus.documents;
  std::vector<Outcome> outcomes(documents.size());
  workers.for_each(documents.size(), kTextsPerPiece, [&](std::size_t d) {
    Outcome& outcome = outcomes[d];
    outcome.error = read(documents[d]);
    if (outcome.error != 0) return;
    std::string& text = documents[d].text;
    outcome.binary = looks_binary(std::string_view(text).substr(0, kFirstBytes), options.encoding);
    outcome.text = decode_limited(text, options, path_of(documents[d]));
  });
  std::size_t kept = 0;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    if (outcomes[d].error != 0) {
      corpus.counts.unreadable.push_back(
          fmt::format("{}: {}", path_of(documents[d]), std::strerror(outcomes[d].error)));
      continue;
    }
    const LimitedText& text = outcomes[d].text;
    if (text.is_long && options.limits.on_long == OnLong::kSkip) {
      ++corpus.counts.too_long;
      continue;
    }
    corpus.counts.add(documents[d], text.bytes, text.repair);
    corpus.counts.cut += text.is_long;
    corpus.counts.cleaned_labels += !documents[d].id.starts_with(documents[d].label + "/");
    if (outcomes[d].binary) corpus.counts.binary.push_back(path_of(documents[d]));
    if (kept != d) documents[kept] = std::move(documents[d]);
    ++kept;
  }
  documents.resize(kept);
}

Corpus read_tree(const fs::path& root, const ReadOptions& options, Workers& workers) {
  Corpus corpus;
  find_tree(root, options, corpus);
  if (corpus.met_labels.empty())
    throw Error(root.string(), "this folder contains no label folder",
                "give a folder with one folder per label and one file per document");
  DocumentMemory memory(options.limits, root.string());
  read_texts(
      corpus, options, workers,
      [&](Document& document) {
        const int error = read_file(root / document.id, options.limits.document + 1, document.text);
        memory.add(document.text.size(), document.id);
        return error;
      },
      [&](const Document& document) { return (root / document.id).string(); });
  return corpus;
}

}  // namespace newsclf
