// SPDX-License-Identifier: MIT
#include "newsclf/corpus/corpus_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <unordered_set>

#include "corpus/archive_reader.hpp"
#include "newsclf/io/byte_source.hpp"
#include "newsclf/corpus/document_reader.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "corpus/tree_reader.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/text/blank.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSayFormat = "say it with --format csv, tsv, jsonl, fasttext or tree";

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view ending) {
    return name.size() > ending.size() && name.ends_with(ending);
  });
}

std::string_view without_compression(std::string_view name) {
  for (const std::string_view ending : {".gz", ".zst"})
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
  return name;
}

DataFormat format_of_name(std::string_view name) {
  const std::string_view plain = without_compression(name);
  if (ends_with_any(plain, {".csv"})) return DataFormat::kCsv;
  if (ends_with_any(plain, {".tsv"})) return DataFormat::kTsv;
  if (ends_with_any(plain, {".jsonl", ".ndjson"})) return DataFormat::kJsonl;
  if (ends_with_any(plain, {".tar", ".tgz"})) return DataFormat::kTree;
  return DataFormat::kAuto;
}

/// What the first bytes of a file say.
DataFormat format_of_bytes(std::string_view first, const ReadOptions& options) {
  constexpr std::size_t kTarMagic = 257;
  if (first.size() > kTarMagic && first.substr(kTarMagic).starts_with("ustar"))
    return DataFormat::kTree;
  constexpr std::string_view kByteOrderMark = "\uFEFF";
  if (first.starts_with(kByteOrderMark)) first.remove_prefix(kByteOrderMark.size());
  first.remove_prefix(std::min(first.find_first_not_of(" \t\r\n"), first.size()));
  if (first.starts_with(options.label_prefix)) return DataFormat::kFasttext;
  if (first.starts_with('{')) return DataFormat::kJsonl;
  return DataFormat::kAuto;
}

Corpus read_records(DocumentReader& reader, Workers& workers) {
  Corpus corpus;
  std::set<std::string> checked;
  for (auto block = reader.read(workers); !block.empty(); block = reader.read(workers)) {
    for (std::size_t d = 0; d < block.size(); ++d) {
      Document& document = block[d];
      const auto where = [&] {
        return fmt::format("{}:{}", reader.source().name(), reader.lines()[d]);
      };
      if (checked.insert(document.label).second)
        if (const std::string problem = label_problem(document.label); !problem.empty())
          throw Error(where(), fmt::format("the label '{}' {}", document.label, problem),
                      "give it another name");
      if (document.id.empty()) document.id = where();
      corpus.documents.push_back(std::move(document));
    }
  }
  corpus.counts = reader.counts();
  corpus.met_labels.assign(reader.met_labels().begin(), reader.met_labels().end());
  return corpus;
}

struct ReadPlace {
  Corpus corpus;
  std::string format;
};

ReadPlace read_file(const CorpusPlace& place, const ReadOptions& options, Workers& workers) {
  std::unique_ptr<ByteSource> source = open_bytes(place.path);
  DataFormat format = options.format == DataFormat::kAuto ? place.format : options.format;
  if (format == DataFormat::kAuto) format = format_of_bytes(peek_bytes(source, 512), options);
  if (format == DataFormat::kAuto)
    throw Error(source->name(), "its format cannot be told from its name or its first bytes",
                kSayFormat);
  if (format == DataFormat::kLines)
    throw Error(source->name(), "lines have no labels, and labelled documents are needed",
                kSayFormat);
  if (format == DataFormat::kTree) {
    const std::string name = source->name();
    return {read_archive(name, std::move(source), place.inside, options, workers),
            "tree in a tar archive"};
  }
  DocumentReader reader(std::move(source), format, options, true);
  Corpus corpus = read_records(reader, workers);
  return {std::move(corpus), reader.description()};
}

ReadPlace read_place(const CorpusPlace& place, const ReadOptions& options, Workers& workers) {
  if (place.kind != CorpusPlace::kFolder) return read_file(place, options, workers);
  if (options.format != DataFormat::kAuto && options.format != DataFormat::kTree)
    throw Error(place.path,
                fmt::format("this is a folder, and --format {} reads files",
                            name_of(kDataFormats, options.format)),
                "name its files, or leave --format out");
  return {read_tree(place.path, options, workers), "tree"};
}

/// @throws Error if two places are one, whose documents would count twice
void check_distinct(const std::vector<std::string>& places) {
  std::unordered_set<std::string_view> names;
  std::set<std::pair<dev_t, ino_t>> files;
  for (const std::string& place : places) {
    struct stat status {};
    const bool is_there = ::stat(place.c_str(), &status) == 0;
    if (!names.insert(place).second ||
        (is_there && !files.emplace(status.st_dev, status.st_ino).second))
      throw Error(place, "this is given twice", "give it once");
  }
}

/// @throws Error for a name in `wanted` that no document has
void check_wanted_labels(const std::vector<std::string>& wanted, const Corpus& corpus,
                         const std::string& where) {
  const LabelSet found = LabelSet::of(corpus.documents);
  const LabelSet met(corpus.met_labels);
  for (const std::string& label : wanted) {
    if (found.to_id(label) != LabelSet::kUnknown) continue;
    if (met.to_id(label) != LabelSet::kUnknown)
      throw Error(where, fmt::format("the folder '{}' holds no document", label),
                  "take it out of --labels");
    const std::string nearest = met.nearest(label);
    throw Error("--labels", fmt::format("no document in {} has the label '{}'", where, label),
                nearest.empty() ? fmt::format("its labels are {}", fmt::join(met.labels(), ", "))
                                : fmt::format("did you mean '{}'?", nearest));
  }
}

/// Why there is no document at all.
[[noreturn]] void refuse_empty(const Corpus& corpus, const std::string& where) {
  if (corpus.counts.unlabelled > 0)
    throw Error(where, fmt::format("none of its {} records has a label", corpus.counts.unlabelled),
                "name the column or key of the label with --label-column");
  throw Error(where,
              corpus.met_labels.empty() ? "there is no document here"
                                        : "the label folders hold no readable document",
              "give labelled documents: a folder that holds one folder a label and one file a "
              "document, or a file of records");
}

}  // namespace

CorpusPlace CorpusPlace::of(const std::string& name) {
  if (name == "-") return {kStdin, name, {}, DataFormat::kAuto};
  std::error_code ignored;
  if (fs::is_directory(name, ignored)) return {kFolder, name, {}, DataFormat::kTree};
  if (fs::exists(name, ignored)) {
    const DataFormat format = format_of_name(name);
    return {format == DataFormat::kTree ? kArchive : kFile, name, {}, format};
  }
  // A folder within an archive.
  for (std::size_t slash = name.rfind('/'); slash != std::string::npos && slash > 0;
       slash = name.rfind('/', slash - 1)) {
    const std::string before = name.substr(0, slash);
    if (format_of_name(before) == DataFormat::kTree && fs::is_regular_file(before, ignored)) {
      std::string inside = name.substr(slash + 1);
      inside.erase(0, inside.find_first_not_of('/'));
      while (inside.ends_with('/')) inside.pop_back();
      return {kArchive, before, inside, DataFormat::kTree};
    }
  }
  return {kFile, name, {}, format_of_name(name)};
}

ReadCorpus read_corpus(const std::vector<std::string>& places, const ReadOptions& options,
                       Workers& workers) {
  check_distinct(places);
  ReadCorpus read;
  Corpus& all = read.corpus;
  for (const std::string& name : places) {
    ReadPlace place = read_place(CorpusPlace::of(name), options, workers);
    read.formats.push_back(std::move(place.format));
    all.counts += place.corpus.counts;
    std::ranges::move(place.corpus.met_labels, std::back_inserter(all.met_labels));
    if (all.documents.empty())
      all.documents = std::move(place.corpus.documents);
    else
      std::ranges::move(place.corpus.documents, std::back_inserter(all.documents));
  }
  const std::string where = fmt::format("{}", fmt::join(places, ", "));
  if (!all.met_labels.empty() && !options.labels_may_lack)
    check_wanted_labels(options.labels, all, where);
  if (all.documents.empty()) refuse_empty(all, where);
  return read;
}

Document read_document(const std::string& path, InvalidUtf8 policy, ReadCounts& counts) {
  const std::unique_ptr<ByteSource> source = open_bytes(path);
  Document document{source->name(), {}, source->read_all(), true};
  ++counts.read;
  counts.bytes += static_cast<std::int64_t>(document.text.size());
  counts.repaired += repair_utf8(document.text, policy, document.id);
  counts.empty += is_blank(document.text);
  return document;
}

}  // namespace newsclf
