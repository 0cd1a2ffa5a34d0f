// SPDX-License-Identifier: MIT
#include "commands/command_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "newsclf/parallel/machine.hpp"
#include "cli/option_tree.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/corpus/read_counts.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {
namespace {

constexpr int kMaxColumnWeight = 1000;

/// "title:5" is the column title, five times; "title" or "a:b" a column, once.
TextColumn parse_text_column(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos && colon > 0) {
    int weight = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, weight);
    const bool number = error == std::errc() && stop == end;
    if (number && (weight < 1 || weight > kMaxColumnWeight))
      throw CLI::ValidationError("--text-column", fmt::format("'{}' counts {} times; give 1 to {}",
                                                              text, weight, kMaxColumnWeight));
    if (number) return {text.substr(0, colon), weight};
  }
  if (text.empty()) throw CLI::ValidationError("--text-column", "give a name or a number");
  return {text, 1};
}

/// ", 2 empty, 11 not UTF-8 (replace)": what documents that were read are like.
std::string describe_counts(const ReadCounts& counts, InvalidUtf8 policy) {
  std::string out;
  const auto say = [&](std::int64_t count, const std::string& what) {
    if (count > 0) out += fmt::format(", {} {}", with_commas(count), what);
  };
  say(counts.empty, "empty");
  say(counts.repaired, fmt::format("not UTF-8 ({})", name_of(kInvalidUtf8Policies, policy)));
  say(counts.lone_surrogates, "with half a surrogate pair (read as U+FFFD)");
  say(counts.more_labels, "with several labels (the first counts)");
  return out;
}

/// A root that was given one folder too high shows itself by documents two folders below it.
void tell_deep_tree(const Console& console, const ReadCorpus& read, const std::string& place) {
  const auto is_tree = [](const std::string& format) { return format.starts_with("tree"); };
  const auto is_deep = [](const Document& document) {
    return std::ranges::count(document.id, '/') >= 2;
  };
  const std::vector<Document>& documents = read.corpus.documents;
  if (std::ranges::all_of(read.formats, is_tree) && std::ranges::all_of(documents, is_deep))
    console.note(fmt::format(
        "every document lies in a folder below its label's; where those folders are the labels, "
        "give {}{}{}",
        place, place.ends_with('/') ? "" : "/", documents.front().label));
}

}  // namespace

void tell_what_was_not_read(const Console& console, const ReadCounts& counts) {
  for (const ReadCountField& field : kReadCountFields)
    if (const std::int64_t count = counts.*field.count; count > 0 && !field.not_read.empty())
      console.note(fmt::format("not read: {} {}", with_commas(count), field.not_read));
  if (counts.blank > 0)
    console.detail(fmt::format("{} blank lines between records", with_commas(counts.blank)));
  const auto named = [&](const std::vector<std::string>& paths, const char* what) {
    if (paths.empty()) return;
    console.warning(fmt::format("{} {}, the first is {}", paths.size(), what, paths.front()));
    for (const std::string& path : paths) console.detail("  " + path);
  };
  named(counts.links, "symbolic links were not followed");
  named(counts.unreadable, "files could not be read");
}

void add_data_options(CLI::App& app, DataOptions& options) {
  app.add_option("DATA", options.data,
                 "folders (one folder a label, one file a document), .tar, .csv, .tsv or .jsonl "
                 "files, fastText lines; - is standard input")
      ->required()
      ->type_name("PATH")
      ->group("Data");
  add_format_options(app, options.read);
  app.add_option("--labels", options.read.labels, "read documents of these labels alone")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("A,B,...")
      ->group("Data");
}

void add_format_options(CLI::App& app, ReadOptions& options) {
  ColumnOptions& columns = options.columns;
  const std::string group = "Data";
  add_choice(app, "--format", options.format, kDataFormats,
             "how documents are written down; auto goes by names and first bytes; any may be "
             "compressed (.gz, .zst)")
      ->group(group);
  app.add_option_function<std::vector<std::string>>(
         "--text-column",
         [&columns](const std::vector<std::string>& given) {
           columns.text.clear();
           for (const std::string& text : given) columns.text.push_back(parse_text_column(text));
         },
         "column or key that holds the text, by name or number; N: its tokens count N times; may "
         "be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME[:N]")
      ->default_str(in_words("text, body, content, ... or the only one left"))
      ->group(group);
  app.add_option("--label-column", columns.label, "column or key that holds the label")
      ->type_name("NAME")
      ->default_str(in_words("label, class, category, target or topic"))
      ->group(group);
  app.add_option("--id-column", columns.id, "column or key that holds an id")
      ->type_name("NAME")
      ->group(group);
  app.add_flag("--no-header", columns.no_header, "the first record of a CSV or TSV file is a document")
      ->group(group);
  app.add_option("--label-prefix", options.label_prefix, "what begins a label in fastText lines")
      ->type_name("TEXT")
      ->check([](const std::string& text) {
        return text.empty() ? std::string("it cannot be empty") : std::string();
      })
      ->group(group);
  add_choice(app, "--invalid-utf8", options.invalid_utf8, kInvalidUtf8Policies,
             "bytes that are not UTF-8: replace them, read the document as Latin-1, or stop")
      ->group(group);
}

ReadOptions suit_columns(ReadOptions options, const Classifier& classifier) {
  if (options.columns.text.empty())
    options.columns.text = classifier.vectorizer.options().text.columns;
  return options;
}

void add_general_options(CLI::App& app, Console& console) {
  app.add_flag("-q,--quiet", console.quiet, "say nothing but warnings and errors")
      ->group("General");
  app.add_flag("-v,--verbose", console.verbose, "say more")->group("General");
  app.set_help_flag("-h,--help", "show this page")->group("General");
}

void add_machine_options(CLI::App& app, int& threads, DeviceChoice& device,
                         const std::string& group, const std::string& scope) {
  threads = available_threads();
  add_number(app, "--threads", threads, 1, 1024, "N", "threads that read, vectorize and compute")
      ->group(group);
  app.add_option_function<std::string>(
         "--device", [&device](const std::string& text) { device = parse_device(text); },
         "where to compute; auto: on CUDA if there is any" + scope)
      ->type_name("auto|cpu|cuda|cuda:N")
      ->default_str("auto")
      ->group(group);
}

DeviceChoice parse_device(const std::string& text) {
  if (text == "auto") return {DeviceChoice::kAuto, 0};
  if (text == "cpu") return {DeviceChoice::kCpu, 0};
  if (text == "cuda") return {DeviceChoice::kCuda, 0};
  constexpr std::string_view kPrefix = "cuda:";
  DeviceChoice choice{DeviceChoice::kCuda, 0};
  const char* const end = text.data() + text.size();
  if (text.starts_with(kPrefix)) {
    const auto [stop, error] = std::from_chars(text.data() + kPrefix.size(), end, choice.index);
    if (error == std::errc() && stop == end && choice.index >= 0 && choice.index < 128)
      return choice;
  }
  throw CLI::ValidationError("--device", "'" + text + "' is none of auto, cpu, cuda or cuda:N");
}

ReadCorpus read_data(const DataOptions& options, const Console& console, Workers& workers) {
  ReadCorpus read = read_corpus(options.data, options.read, workers);
  const Corpus& corpus = read.corpus;
  std::string places;
  for (std::size_t p = 0; p < options.data.size(); ++p)
    places += fmt::format("{}{} ({})", p == 0 ? "" : ", ",
                          options.data[p] == "-" ? "standard input" : options.data[p],
                          read.formats[p]);
  console.note(fmt::format("read {}: {} documents, {} labels, {}{}", places,
                           with_commas(corpus.counts.read), LabelSet::of(corpus.documents).size(),
                           file_size(corpus.counts.bytes),
                           describe_counts(corpus.counts, options.read.invalid_utf8)));
  tell_what_was_not_read(console, corpus.counts);
  tell_deep_tree(console, read, options.data.front());
  return read;
}

}  // namespace newsclf
