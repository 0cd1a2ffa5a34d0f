// SPDX-License-Identifier: MIT
// Tar archives (ustar, pax, GNU), read by libarchive.

#include <fmt/format.h>
#include <locale.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "corpus/libarchive.hpp"
#include "corpus/tree_reader.hpp"
#include "io/scratch_file.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

constexpr const char* kGetAgain = "download or create the archive again";

/// libarchive converts names to the locale's encoding; this keeps them UTF-8 in every locale.
class Utf8Names {
 public:
  Utf8Names() : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (utf8_ != nullptr) before_ = ::uselocale(utf8_);
  }
  ~Utf8Names() {
    if (utf8_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(utf8_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  locale_t utf8_;
  locale_t before_ = nullptr;
};

/// The entries of an archive, in order. Call order: `(next text?)*`.
class ArchiveEntries {
 public:
  explicit ArchiveEntries(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)), archive_(library_.read_new(), library_.read_free) {
    if (!archive_) throw std::bad_alloc();
    library_.read_support_format_tar(archive_.get());
    library_.read_support_format_gnutar(archive_.get());
    if (library_.read_open(archive_.get(), this, nullptr, &ArchiveEntries::supply, nullptr) !=
        ARCHIVE_OK)
      fail("this is not a tar archive");
  }

  /// Returns the next entry, or null at the end.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int status = library_.read_next_header(archive_.get(), &entry);
    if (status == ARCHIVE_EOF) {
      read_to_end();
      return nullptr;
    }
    // ARCHIVE_RETRY is an error too: the entry is lost.
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
      fail(last_.empty() ? "cannot read any entry" : "after " + last_);
    const char* name = library_.entry_pathname(entry);
    if (name == nullptr) name = library_.entry_pathname_utf8(entry);
    last_ = name == nullptr ? "" : name;
    return entry;
  }

  /// Path of the entry that `next` returned.
  const std::string& path() const { return last_; }

  /// Returns the entry, or its first `most` bytes; `next` skips the others.
  std::string text(std::size_t most) {
    std::string text;
    while (text.size() < most) {
      const la_ssize_t n = library_.read_data(archive_.get(), piece_.data(),
                                              std::min(piece_.size(), most - text.size()));
      if (n < 0) fail("the entry " + last_);
      if (n == 0) break;
      text.append(piece_.data(), static_cast<std::size_t>(n));
    }
    text.shrink_to_fit();
    return text;
  }

 private:
  static la_ssize_t supply(archive*, void* self, const void** bytes) {
    auto& entries = *static_cast<ArchiveEntries*>(self);
    *bytes = entries.block_.data();
    try {
      return static_cast<la_ssize_t>(
          entries.source_->read(entries.block_.data(), entries.block_.size()));
    } catch (const Error& error) {  // must not pass through libarchive's frames
      entries.failure_ = error;
      return -1;
    }
  }

  /// Verifies the checksum of the compression, which follows the end of the archive, and reads all
  /// of a pipe, so that its writer does not get SIGPIPE.
  void read_to_end() {
    while (source_->read(block_.data(), block_.size()) > 0) continue;
  }

  [[noreturn]] void fail(const std::string& where) {
    if (failure_) throw *failure_;
    const char* const why = library_.error_string(archive_.get());
    throw Error(source_->name(), fmt::format("{}: {}", where, why == nullptr ? "damaged" : why),
                kGetAgain);
  }

  std::unique_ptr<ByteSource> source_;
  std::vector<char> block_ = std::vector<char>(std::size_t{256} << 10);  // of the source
  std::vector<char> piece_ = std::vector<char>(std::size_t{64} << 10);   // of an entry
  std::optional<Error> failure_;
  std::string last_;
  const LibArchive& library_ = libarchive();
  std::unique_ptr<archive, decltype(LibArchive::read_free)> archive_;
};

/// Sorts paths as a folder is read: by name, with the files of a folder at its place.
struct ByNames {
  bool operator()(const std::string& a, const std::string& b) const {
    return std::ranges::lexicographical_compare(a, b, {}, rank, rank);
  }
  static int rank(char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); }
};

/// Contents of the archive by path; a repeated path replaces the earlier one, as it would on disk.
struct Contents {
  std::map<std::string, std::string, ByNames> texts;
  std::unique_ptr<ScratchFile> on_disk;  // if it exists, it has the texts, and `texts` their places
  std::vector<std::string> folders;
  std::set<std::string> hidden;       // topmost hidden file or folder of each path
  std::vector<std::string> links;     // symbolic links
  std::vector<std::string> dangling;  // hard links to files that were not read
  std::vector<std::string> not_regular;
};

/// Removes leading `./` and `/`, and trailing `/`.
std::string_view plain_path(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path == "." ? "" : path;
}

std::string_view first_part(std::string_view path) { return path.substr(0, path.find('/')); }

/// Returns the label of a document: the first folder of its id.
std::string label_of(std::string_view id) {
  std::string label(first_part(id));
  clean_label(label);
  return label;
}

/// Returns the path up to its first name that begins with a dot; empty if there is none.
std::string hidden_part(std::string_view path) {
  const std::size_t dot = ("/" + std::string(path)).find("/.");
  return std::string(dot == std::string::npos ? "" : path.substr(0, path.find('/', dot)));
}

/// Returns `path` relative to the folder `inside`; nothing if it is not below that folder.
std::optional<std::string> below(std::string_view inside, std::string_view path) {
  path = plain_path(path);
  if (inside.empty()) return std::string(path);
  if (path.size() > inside.size() && path.starts_with(inside) && path[inside.size()] == '/')
    return std::string(path.substr(inside.size() + 1));
  return std::nullopt;
}

/// The place of a text in `Contents::on_disk`.
struct TextPlace {
  std::size_t offset, size;

  static TextPlace of(const std::string& text) {
    TextPlace place;
    std::memcpy(&place, text.data(), sizeof place);
    return place;
  }
};

void move_to_disk(std::string& text, ScratchFile& file) {
  const TextPlace place{file.size(), text.size()};
  file.append(std::as_bytes(std::span(text)));
  text.assign(reinterpret_cast<const char*>(&place), sizeof place);
  text.shrink_to_fit();
}

void read_from_disk(std::string& text, ScratchFile& file) {
  const TextPlace place = TextPlace::of(text);
  text.resize(place.size);
  if (file.read(place.offset, std::as_writable_bytes(std::span(text))) < place.size) file.refuse();
}

Contents read_entries(ArchiveEntries& entries, std::string_view inside, const ReadLimits& limits,
                      DocumentMemory& memory, DocumentSink* sink) {
  const LibArchive& library = libarchive();
  Contents contents;
  std::size_t size = 0;  // of the texts in memory
  const auto limit_memory = [&](std::string& text) {
    if (contents.on_disk) return move_to_disk(text, *contents.on_disk);
    size += sizeof(Document) + text.size();
    if (sink == nullptr || size <= sink->room()) return;
    contents.on_disk = std::make_unique<ScratchFile>(sink->folder());
    for (auto& [path, each] : contents.texts) move_to_disk(each, *contents.on_disk);
  };
  while (archive_entry* const entry = entries.next()) {
    const auto path = below(inside, entries.path());
    if (!path || path->empty()) continue;
    const auto type = library.entry_filetype(entry);
    const char* const hardlink = library.entry_hardlink(entry);
    if (std::string part = hidden_part(*path); !part.empty()) {
      contents.hidden.insert(std::move(part));
    } else if (hardlink != nullptr) {  // the same file under another name
      const auto target = below(inside, hardlink);
      const auto text = target ? contents.texts.find(*target) : contents.texts.end();
      if (text == contents.texts.end()) {
        contents.dangling.push_back(*path);
        continue;
      }
      const bool is_place = contents.on_disk != nullptr;
      std::string& copy = contents.texts[*path] = text->second;
      memory.add(copy.size(), *path);
      if (!is_place) limit_memory(copy);
    } else if (type == AE_IFREG) {
      std::string& text = contents.texts[*path] = entries.text(limits.document + 1);
      memory.add(text.size(), *path);
      limit_memory(text);
    } else if (type == AE_IFDIR) {
      contents.folders.push_back(*path);
    } else if (type == AE_IFLNK) {
      contents.links.push_back(*path);
    } else {
      contents.not_regular.push_back(*path);
    }
  }
  return contents;
}

/// Returns the path of the tree's root, with a trailing `/`: the leading folders that contain all
/// files, except label folders.
std::string way_to_root(const Contents& contents) {
  std::string way;
  while (!contents.texts.empty()) {
    const std::string& first = contents.texts.begin()->first;
    const std::string longer = first.substr(0, first.find('/', way.size()) + 1);
    const bool leads_on = std::ranges::all_of(contents.texts, [&](const auto& text) {
      const std::string_view rest = std::string_view(text.first).substr(way.size());
      return text.first.starts_with(longer) && std::ranges::count(rest, '/') >= 2;
    });
    if (!leads_on) break;
    way = longer;
  }
  return way;
}

/// Counts the entries that are not read, except within the folders of unwanted labels.
/// @param way path of the tree's root with a trailing `/`, or empty
ReadCounts count_passed_over(const Contents& contents, const std::string& way,
                             const ReadOptions& options) {
  const auto is_met = [&](const std::string& path) {
    if (!path.starts_with(way)) return true;
    const std::string_view id = std::string_view(path).substr(way.size());
    return first_part(id).size() == id.size() || options.wants(label_of(id));
  };
  ReadCounts counts;
  counts.hidden = std::ranges::count_if(contents.hidden, is_met);
  counts.not_regular = std::ranges::count_if(contents.not_regular, is_met);
  std::ranges::copy_if(contents.links, std::back_inserter(counts.links), is_met);
  for (const std::string& path : contents.dangling)
    if (is_met(path)) counts.unreadable.push_back(path + ": hard link to a skipped file");
  return counts;
}

/// @param way path of the tree's root with a trailing `/`, or empty
Corpus make_corpus(Contents&& contents, const std::string& path, const std::string& way,
                   const ReadOptions& options, Workers& workers, DocumentSink* sink) {
  Corpus corpus{{}, count_passed_over(contents, way, options), {}};
  for (auto& [name, text] : contents.texts) {
    const std::string id = name.substr(way.size());
    if (first_part(id).size() == id.size()) {
      ++corpus.counts.outside;
      continue;
    }
    const std::string label = label_of(id);
    if (corpus.met_labels.empty() || corpus.met_labels.back() != label)
      corpus.met_labels.push_back(label);
    if (!options.wants(label)) continue;
    if (const std::string problem = label_problem(label); !problem.empty())
      throw Error(path,
                  fmt::format("the folder '{}' is not a valid label: it {}", way + label, problem),
                  "rename the folder");
    corpus.documents.push_back({id, label, std::move(text), true});
  }
  for (const std::string& folder : contents.folders)
    if (folder.size() > way.size() && folder.starts_with(way))
      corpus.met_labels.push_back(label_of(std::string_view(folder).substr(way.size())));
  if (corpus.met_labels.empty())
    throw Error(path, "this archive contains no label folder",
                "give an archive with one folder per label");
  contents.texts.clear();
  std::mutex mutex;
  read_texts(
      corpus, options, workers,
      [&](const Document& document) {
        return contents.on_disk ? TextPlace::of(document.text).size : document.text.size();
      },
      [&](Document& document) {
        if (!contents.on_disk) return 0;
        const std::lock_guard lock(mutex);
        read_from_disk(document.text, *contents.on_disk);
        return 0;
      },
      [&](const Document& document) { return fmt::format("{}, {}{}", path, way, document.id); },
      sink);
  if (contents.on_disk) contents.on_disk->check();
  return corpus;
}

}  // namespace

Corpus read_archive(const std::string& path, std::unique_ptr<ByteSource> source,
                    std::string_view inside, const ReadOptions& options, Workers& workers,
                    DocumentSink* sink) {
  const Utf8Names names;
  ArchiveEntries entries(std::move(source));
  DocumentMemory memory(options.limits, path);
  Contents contents = read_entries(entries, inside, options.limits, memory, sink);
  if (!inside.empty() && contents.texts.empty() && contents.folders.empty())
    throw Error(path, fmt::format("the archive contains no folder '{}'", inside),
                "list its contents with tar -tf");
  const std::string way = inside.empty() ? way_to_root(contents) : std::string();
  return make_corpus(std::move(contents), path, way, options, workers, sink);
}

}  // namespace newsclf
