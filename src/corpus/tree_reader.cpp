// SPDX-License-Identifier: MIT
#include "corpus/tree_reader.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "corpus/binary_files.hpp"
#include "io/descriptor.hpp"
#include "io/folder.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/text/encoding.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

/// One in this many files may be unreadable, and always one.
constexpr std::size_t kUnreadableShare = 100;

/// `path: reason`, for `ReadCounts::unreadable`.
std::string failed(const fs::path& path, int error) {
  return path.string() + ": " + std::strerror(error);
}

Error unlisted(const fs::path& directory, int error) {
  return file_error(directory.string(), "cannot list this folder", error, "check its permissions");
}

/// Returns the type of an entry at `path`, links not followed. If it cannot be found out because of
/// a property of the entry, it is taken for a regular file: reading it fails for the same reason.
/// @throws Error if the machine fails
unsigned char type_of(const FolderEntry& entry, const fs::path& path) {
  struct stat status {};
  if (entry.type != DT_UNKNOWN) return entry.type;
  if (::lstat(path.c_str(), &status) == 0) return IFTODT(status.st_mode);
  if (is_machine_error(errno)) throw file_error(path.string(), "cannot access this", errno);
  return DT_REG;
}

/// Reads the file, or its first `most` bytes; returns 0, or an errno value.
int read_file(const fs::path& path, std::size_t most, std::string& bytes) {
  const int fd = open_to_read(path.c_str(), O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return errno;
  struct stat status {};
  int error = ::fstat(fd, &status) == 0 ? 0 : errno;
  std::size_t size = 0;
  // Read one byte more than the file size, to notice a file that is growing.
  if (error == 0) bytes.resize(std::min(static_cast<std::size_t>(status.st_size) + 1, most));
  while (error == 0 && size < most) {
    if (size == bytes.size()) bytes.resize(std::min(2 * size, most));
    const ssize_t n = read_some(fd, bytes.data() + size, bytes.size() - size);
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
                bool skip_unreadable, Corpus& found) {
  std::vector<FolderEntry> entries;
  const int error = list_folder(folder.string(), entries);
  if (is_machine_error(error) || (error != 0 && !skip_unreadable)) throw unlisted(folder, error);
  if (error != 0) found.counts.unreadable.push_back(failed(folder, error));
  for (const FolderEntry& entry : entries) {
    const fs::path path = folder / entry.name;
    const std::string id = below + "/" + entry.name;
    const unsigned char type = type_of(entry, path);
    if (entry.name.starts_with('.'))
      ++found.counts.hidden;
    else if (type == DT_LNK)
      found.counts.links.push_back(path.string());
    else if (type == DT_DIR)
      find_files(path, id, label, skip_unreadable, found);
    else if (type == DT_REG)
      found.documents.push_back({id, label, {}, true});
    else
      ++found.counts.not_regular;
  }
}

void find_tree(const fs::path& root, const ReadOptions& options, Corpus& found) {
  std::error_code unknown;
  if (!fs::is_directory(root, unknown))
    throw Error(root.string(),
                fs::exists(root, unknown) ? "this is not a folder" : "no such folder",
                "give a folder with one folder per label");

  std::vector<FolderEntry> entries;
  if (const int error = list_folder(root.string(), entries); error != 0)
    throw unlisted(root, error);
  for (const FolderEntry& entry : entries) {
    const fs::path path = root / entry.name;
    const fs::file_status status = fs::symlink_status(path, unknown);
    std::string label = entry.name;
    clean_label(label);
    if (entry.name.starts_with('.')) {
      ++found.counts.hidden;
    } else if (unknown) {
      throw file_error(path.string(), "cannot access this", unknown.value(),
                       "check the permissions of " + root.string());
    } else if (fs::is_symlink(status)) {
      found.counts.links.push_back(path.string());
    } else if (!fs::is_directory(status)) {
      ++found.counts.outside;
    } else {
      found.met_labels.push_back(label);
      if (!options.wants(label)) continue;
      if (const std::string problem = label_problem(label); !problem.empty())
        throw Error(path.string(), "the folder name is not a valid label: it " + problem,
                    "rename the folder");
      find_files(path, entry.name, label, options.skip_unreadable, found);
    }
  }
}

/// @throws Error if more than a small share of the documents, or all documents of a label, could
/// not be read
void refuse_losses(const std::string& root, const Corpus& corpus, const ReadTexts& read) {
  const auto& [lost, left, documents] = read;
  if (lost.empty()) return;
  const std::string reason = fmt::format("cannot be read ({})", corpus.counts.unreadable.back());
  for (const std::string& label : lost)
    if (!left.contains(label))
      throw Error(ErrorCode::kUnreadable, root,
                  fmt::format("all files of the label '{}' {}", label, reason));
  const std::size_t files = documents + lost.size();
  if (lost.size() > std::max<std::size_t>(1, files / kUnreadableShare))
    throw Error(ErrorCode::kUnreadable, root,
                fmt::format("{} of {} files {}", lost.size(), files, reason));
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

ReadTexts read_texts(Corpus& corpus, const ReadOptions& options, Workers& workers,
                     const std::function<std::size_t(const Document&)>& size_of,
                     const std::function<int(Document&)>& read,
                     const std::function<std::string(const Document&)>& path_of,
                     DocumentSink* sink) {
  struct Outcome {
    int error = 0;
    bool binary = false;
    LimitedText text = {};
  };
  constexpr std::size_t kFirstBytes = 4096;
  constexpr std::int64_t kTextsPerPiece = 16;
  constexpr std::size_t kTextsForSink = 256, kBytesForSink = std::size_t{8} << 20;
  std::vector<Document>& documents = corpus.documents;
  // The number of texts, from the first one on, that are read before they are passed on.
  const auto count_block = [&](std::size_t first) {
    if (sink == nullptr) return documents.size() - first;
    std::size_t count = 0;
    for (std::size_t bytes = 0; first + count < documents.size() && count < kTextsForSink;
         ++count) {
      bytes += std::min(size_of(documents[first + count]), options.limits.document);
      if (count > 0 && bytes > kBytesForSink) break;
    }
    return count;
  };
  ReadTexts texts;
  std::size_t kept = 0;
  for (std::size_t first = 0, count = 0; first < documents.size(); first += count) {
    count = count_block(first);
    std::vector<Outcome> outcomes(count);
    workers.for_each(count, kTextsPerPiece, [&](std::size_t i) {
      Document& document = documents[first + i];
      Outcome& outcome = outcomes[i];
      outcome.error = read(document);
      if (outcome.error != 0) return;
      std::string& text = document.text;
      outcome.binary =
          looks_binary(std::string_view(text).substr(0, kFirstBytes), options.encoding);
      outcome.text = decode_limited(text, options, path_of(document));
    });
    for (std::size_t i = 0; i < count; ++i) {
      Document& document = documents[first + i];
      if (outcomes[i].error != 0) {
        corpus.counts.unreadable.push_back(failed(path_of(document), outcomes[i].error));
        texts.lost.push_back(std::move(document.label));
        continue;
      }
      const LimitedText& text = outcomes[i].text;
      if (text.is_long && options.limits.on_long == OnLong::kSkip) {
        ++corpus.counts.too_long;
        document = {};
        continue;
      }
      corpus.counts.add(document, text.bytes, text.repair);
      corpus.counts.cut += text.is_long;
      corpus.counts.cleaned_labels += !document.id.starts_with(document.label + "/");
      if (outcomes[i].binary) corpus.counts.binary.push_back(path_of(document));
      texts.labels.insert(document.label);
      ++texts.documents;
      if (&documents[kept] != &document) documents[kept] = std::move(document);
      ++kept;
    }
    if (sink == nullptr) continue;
    sink->add(std::span(documents).first(kept));
    for (std::size_t d = 0; d < kept; ++d) documents[d] = {};
    kept = 0;
  }
  documents.resize(kept);
  return texts;
}

Corpus read_tree(const fs::path& root, const ReadOptions& options, Workers& workers,
                 DocumentSink* sink) {
  Corpus corpus;
  find_tree(root, options, corpus);
  if (corpus.met_labels.empty())
    throw Error(root.string(), "this folder contains no label folder",
                "give a folder with one folder per label and one file per document");
  DocumentMemory memory(options.limits, root.string());
  const auto path_of = [&](const Document& document) { return (root / document.id).string(); };
  const auto read = [&](Document& document) {
    const std::string path = path_of(document);
    const int error = read_file(path, options.limits.document + 1, document.text);
    if (is_machine_error(error)) throw file_error(path, "cannot read", error);
    memory.add(document.text.size(), document.id);
    return error;
  };
  const auto size_of = [&](const Document& document) {
    std::error_code unknown;  // then it will not be read either
    const std::uintmax_t size = fs::file_size(path_of(document), unknown);
    return unknown ? 0 : static_cast<std::size_t>(size);
  };
  const ReadTexts texts = read_texts(corpus, options, workers, size_of, read, path_of, sink);
  if (!options.skip_unreadable) refuse_losses(root.string(), corpus, texts);
  return corpus;
}

}  // namespace newsclf
