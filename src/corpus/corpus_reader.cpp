// SPDX-License-Identifier: MIT
#include "newsclf/corpus/corpus_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <set>
#include <unordered_set>

#include "corpus/format_detection.hpp"
#include "corpus/tree_reader.hpp"
#include "io/descriptor.hpp"
#include "newsclf/corpus/collected_documents.hpp"
#include "newsclf/corpus/document_reader.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/io/byte_source.hpp"
#include "newsclf/io/same_file.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/names/edit_distance.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

Corpus read_records(DocumentReader& reader, const ReadLimits& limits, Workers& workers,
                    DocumentSink* sink) {
  Corpus corpus;
  DocumentMemory memory(limits, reader.source().name());
  std::set<std::string> checked;
  for (auto block = reader.read(workers); !block.empty(); block = reader.read(workers)) {
    for (std::size_t d = 0; d < block.size(); ++d) {
      Document& document = block[d];
      if (checked.insert(document.label).second)
        if (const std::string problem = label_problem(document.label); !problem.empty())
          throw Error(reader.place_of(d), fmt::format("the label '{}' {}", document.label, problem),
                      "rename the label");
      if (document.id.empty()) document.id = reader.place_of(d);
      memory.add(document.text.size(), document.id);
      corpus.documents.push_back(std::move(document));
    }
    if (sink == nullptr) continue;
    sink->add(corpus.documents);
    corpus.documents.clear();
  }
  corpus.counts = reader.counts();
  corpus.met_labels.assign(reader.met_labels().begin(), reader.met_labels().end());
  return corpus;
}

ReadCorpus read_file(const CorpusPlace& place, const ReadOptions& options, Workers& workers,
                     DocumentSink* sink) {
  DataFormat format = options.format == DataFormat::kAuto ? place.format : options.format;
  auto [source, first] = open_input(place.path, format, options.encoding);
  if (format == DataFormat::kAuto) {
    const DetectedFormat detected = detect_format(first, options, true);
    format = detected.format == DataFormat::kAuto ? detected.suspected : detected.format;
  }
  if (format == DataFormat::kAuto)
    throw Error(ErrorCode::kUnknownFormat, source->name(),
                "cannot detect its format from the name or the first bytes");
  if (format == DataFormat::kLines)
    throw Error(ErrorCode::kUnknownFormat, source->name(),
                "the format lines has no labels, but labelled documents are required");
  if (format == DataFormat::kTree) {
    const std::string name = source->name();
    return {read_archive(name, std::move(source), place.inside, options, workers, sink),
            {"tree in a tar archive"}};
  }
  DocumentReader reader(std::move(source), format, options, true);
  Corpus corpus = read_records(reader, options.limits, workers, sink);
  return {std::move(corpus), {reader.description()}};
}

ReadCorpus read_place(const CorpusPlace& place, const ReadOptions& options, Workers& workers,
                      DocumentSink* sink) {
  if (place.kind != CorpusPlace::kFolder) return read_file(place, options, workers, sink);
  if (options.format != DataFormat::kAuto && options.format != DataFormat::kTree)
    throw Error(ErrorCode::kFolderOfFormat, place.path,
                fmt::format("this is a folder, but the format {} requires a file",
                            name_of(kDataFormats, options.format)));
  return {read_tree(place.path, options, workers, sink), {"tree"}};
}

/// @throws Error as `read_place`, and if there is not enough memory
ReadCorpus read_or_refuse(const std::string& place, const ReadOptions& options, Workers& workers,
                          DocumentSink* sink) {
  try {
    return read_place(CorpusPlace::of(place), options, workers, sink);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kTooMuchToRead, place, "there is not enough memory for its documents");
  }
}

/// @throws Error for a label in `wanted` that no document has
void check_wanted_labels(const std::vector<std::string>& wanted, const LabelSet& found,
                         const Corpus& corpus, const std::string& where) {
  const LabelSet met(corpus.met_labels);
  for (const std::string& label : wanted) {
    if (found.to_id(label) != LabelSet::kUnknown) continue;
    throw Error(ErrorCode::kLabelOfNone, where,
                met.to_id(label) != LabelSet::kUnknown
                    ? fmt::format("the folder '{}' contains no documents", label)
                    : fmt::format("no document has the label '{}' ({})", label,
                                  did_you_mean(label, met.labels(),
                                               "the labels are " + short_list(met.labels()))));
  }
}

/// Passes documents on and collects what `ReadCorpus` says of them.
class LabelledSink : public DocumentSink {
 public:
  explicit LabelledSink(DocumentSink& sink) : sink_(sink) {}

  void add(std::span<Document> documents) override {
    note(documents);
    sink_.add(documents);
  }
  void note(std::span<const Document> documents) {
    if (labels_.empty() && !documents.empty()) first_label_ = documents.front().label;
    for (const Document& document : documents) {
      labels_.insert(document.label);
      in_subfolders_ = in_subfolders_ && std::ranges::count(document.id, '/') >= 2;
    }
  }
  std::size_t room() const override { return sink_.room(); }
  const std::string& folder() const override { return sink_.folder(); }
  void describe(ReadCorpus& read) const {
    read.labels = LabelSet({labels_.begin(), labels_.end()});
    read.in_subfolders = in_subfolders_;
    read.first_label = first_label_;
  }

 private:
  DocumentSink& sink_;
  std::unordered_set<std::string> labels_;
  bool in_subfolders_ = true;
  std::string first_label_;
};

}  // namespace

CorpusPlace CorpusPlace::of(const std::string& name) {
  if (name == "-") return {kStdin, name, {}, DataFormat::kAuto};
  std::error_code error, ignored;
  const fs::file_status status = fs::status(name, error);
  if (is_machine_error(error.value())) throw file_error(name, "cannot access this", error.value());
  if (fs::is_directory(status)) return {kFolder, name, {}, DataFormat::kTree};
  if (fs::exists(status)) {
    const DataFormat format = format_of_name(name);
    return {format == DataFormat::kTree ? kArchive : kFile, name, {}, format};
  }
  // The name may be a folder within an archive.
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

ReadCorpus read_corpus(const std::vector<std::string>& places, const ReadOptions& given,
                       Workers& workers, DocumentSink* sink) {
  ReadOptions options = given;
  CollectedDocuments none({}, 0);
  LabelledSink noted(sink != nullptr ? *sink : none);
  if (sink != nullptr) options.limits.memory = 0;
  for (std::string& label : options.labels) clean_label(label);
  std::set<FileIdentity> files;
  for (const std::string& place : places)  // its documents would count twice
    if (!files.insert(identify_file(place)).second)
      throw Error(place, "this is given twice", "give it once");

  ReadCorpus read;
  Corpus& all = read.corpus;
  for (const std::string& name : places) {
    ReadCorpus place = read_or_refuse(name, options, workers, sink != nullptr ? &noted : nullptr);
    read.formats.push_back(std::move(place.formats.front()));
    all.counts += place.corpus.counts;
    for (const Document& document : place.corpus.documents)
      options.limits.memory_used += memory_of(document);
    std::ranges::move(place.corpus.met_labels, std::back_inserter(all.met_labels));
    if (all.documents.empty())
      all.documents = std::move(place.corpus.documents);
    else
      std::ranges::move(place.corpus.documents, std::back_inserter(all.documents));
  }
  noted.note(all.documents);
  noted.describe(read);
  const std::string where = short_list(places);
  if (!all.met_labels.empty() && !options.labels_may_lack)
    check_wanted_labels(options.labels, read.labels, all, where);
  if (read.labels.size() > 0) return read;
  if (all.counts.unlabelled > 0)
    throw Error(ErrorCode::kNoLabelColumn, where,
                fmt::format("no record has a label (records: {})", all.counts.unlabelled));
  throw Error(where,
              all.met_labels.empty() ? "no documents found"
                                     : "the label folders contain no readable documents",
              "give a folder with one folder per label and one file per document, or a file of "
              "labelled records");
}

Document read_document(ByteSource& source, const ReadOptions& options, ReadCounts& counts) {
  Document document{source.name(), {}, source.read_start(options.limits.document + 1), true};
  const LimitedText text = decode_limited(document.text, options, document.id);
  counts.add(document, text.bytes, text.repair);
  counts.cut += text.is_long;
  return document;
}

std::string describe_places(const std::vector<std::string>& places,
                            const std::vector<std::string>& formats) {
  std::vector<std::string> described;
  for (std::size_t p = 0; p < places.size(); ++p)
    described.push_back(
        fmt::format("{} ({})", places[p] == "-" ? "standard input" : places[p], formats[p]));
  return short_list(described);
}

}  // namespace newsclf
