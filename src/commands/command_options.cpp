// SPDX-License-Identifier: MIT
#include "commands/command_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "commands/encoding_warnings.hpp"
#include "commands/read_limit_options.hpp"
#include "corpus/binary_files.hpp"
#include "corpus/csv_dialect.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxColumnWeight = 1000;

/// "title:5" is the column "title" with weight 5; "title" and "a:b" are columns of weight 1.
TextColumn parse_text_column(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos && colon > 0) {
    const std::string weight = text.substr(colon + 1);
    if (to_number<std::int64_t>(weight))
      return {text.substr(0, colon), parse_number("--text-column", weight, 1, kMaxColumnWeight)};
  }
  if (text.empty()) throw CLI::ValidationError("--text-column", "must be a name or a number");
  return {text, 1};
}

/// Parses one character, `tab` or `\t`.
char parse_delimiter(const std::string& text) {
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() != 1 || !may_delimit(text[0]))
    throw CLI::ValidationError(
        "--delimiter",
        fmt::format("must be one ASCII character other than a quote, or tab, got '{}'", text));
  return text[0];
}

/// Reads the names of labels given to --label-names.
std::vector<std::string> read_given_names(const DataOptions& options) {
  if (options.label_names.empty()) return {};
  if (const std::string file = options.label_names_file(); !file.empty())
    return read_label_names(file);
  std::vector<std::string> names = CLI::detail::split(options.label_names, ',');
  check_label_names(names, "--label-names");
  return names;
}

/// Parses `auto`, `cpu`, `cuda` or `cuda:N`.
DeviceChoice parse_device(const std::string& text) {
  if (text == "auto") return {DeviceChoice::kAuto, 0};
  if (text == "cpu") return {DeviceChoice::kCpu, 0};
  if (text == "cuda") return {DeviceChoice::kCuda, 0};
  constexpr std::string_view kPrefix = "cuda:";
  if (text.starts_with(kPrefix))
    return {DeviceChoice::kCuda,
            parse_number("--device", std::string_view(text).substr(kPrefix.size()), 0, 127)};
  const std::string known[] = {"auto", "cpu", "cuda", "cuda:N"};
  throw CLI::ValidationError("--device", must_be_one_of(text, known));
}

/// ", 2 empty, 11 not UTF-8 (replace)": peculiarities of the documents that were read.
std::string describe_counts(const ReadCounts& counts, const ReadOptions& options) {
  const std::pair<std::int64_t, std::string> kinds[] = {
      {counts.empty, "empty"},
      {counts.guessed, "decoded as windows-1252"},
      {counts.repaired - counts.guessed,
       fmt::format("not {} ({})", name_of_encoding(options.encoding),
                   name_of(kInvalidUtf8Policies, options.invalid_utf8))},
      {counts.lone_surrogates, "with a lone surrogate (read as U+FFFD)"},
      {counts.cleaned_labels, "with a label that was trimmed or composed (NFC)"},
      {counts.more_labels, "with several labels (the first is used)"},
      {counts.stray_quotes, std::string("with ") + kStrayQuotes}};
  std::string out;
  for (const auto& [count, what] : kinds)
    if (count > 0) out += fmt::format(", {} {}", with_commas(count), what);
  return out;
}

/// Suggests a folder below `place` if every document is two folders below it.
void tell_deep_tree(const Console& console, const ReadCorpus& read, const std::string& place) {
  const auto is_tree = [](const std::string& format) { return format.starts_with("tree"); };
  if (std::ranges::all_of(read.formats, is_tree) && read.in_subfolders)
    console.note(fmt::format(
        "every document is in a subfolder of its label's folder; if these subfolders are the "
        "labels, give {}{}{}",
        place, place.ends_with('/') ? "" : "/", read.first_label));
}

bool looks_like_model(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  char first[10] = {};
  std::ifstream(path, std::ios::binary).read(first, sizeof first);
  return begins_like_model({first, sizeof first});
}

}  // namespace

void warn_of_missing_threads(const Console& console, const Workers& workers, int wanted) {
  if (workers.threads() < wanted)
    console.warning(fmt::format("only {} of {} threads could be started; continuing with these",
                                workers.threads(), wanted));
}

void tell_what_was_not_read(const Console& console, const ReadCounts& counts) {
  for (const ReadCountField& field : kReadCountFields)
    if (const std::int64_t count = counts.*field.count; count > 0 && !field.not_read.empty())
      console.note(fmt::format("skipped {}: {}", field.not_read, with_commas(count)));
  if (counts.blank > 0) console.detail(counted(counts.blank, "blank line") + " between records");
  const auto named = [&](const std::vector<std::string>& paths, const char* did, const char* what) {
    if (paths.empty()) return;
    console.warning(fmt::format("{} {}{} {}", did, counted(std::ssize(paths), what),
                                paths.size() == 1 ? ":" : ", the first is", paths.front()));
    for (const std::string& path : paths) console.detail("  " + path);
  };
  named(counts.links, "skipped", "symbolic link");
  named(counts.unreadable, "could not read", "file");
  if (const std::int64_t binary = std::ssize(counts.binary); binary > 0)
    console.warning(fmt::format("{} {} binary and {} read as text (first: {})",
                                counted(binary, "document"), binary == 1 ? "looks" : "look",
                                binary == 1 ? "is" : "are", counts.binary.front()));
}

std::int64_t parse_size(const std::string& option, const std::string& text) {
  constexpr std::string_view kPrefixes = "kmgt";
  constexpr double kMostBytes = 1e18;
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = to_number<double>(std::string_view(text).substr(0, end));
  std::string unit;
  for (const char c : text.substr(end))
    if (c != ' ') unit += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  double size = number.value_or(0);
  if (const std::size_t power = unit.empty() ? std::string_view::npos : kPrefixes.find(unit[0]);
      power != std::string_view::npos) {
    const bool binary = unit.size() > 1 && unit[1] == 'i';
    size *= std::pow(binary ? 1024 : 1000, power + 1);
    unit.erase(0, binary ? 2 : 1);
  }
  if (!(size >= 1 && size <= kMostBytes) || !(unit.empty() || unit == "b"))
    throw CLI::ValidationError(option,
                               fmt::format("must be a size such as 800MB or 2GiB, got '{}'", text));
  return static_cast<std::int64_t>(size);
}

double parse_time(const std::string& option, const std::string& text, double least) {
  constexpr double kMinute = 60, kHour = 3600, kMost = 1e9;
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = to_number<double>(std::string_view(text).substr(0, end));
  const std::string unit = text.substr(end);
  const double seconds = number.value_or(-1) * (unit == "h" ? kHour : unit == "m" ? kMinute : 1);
  const bool has_unit = unit.empty() || unit == "s" || unit == "m" || unit == "h";
  if (!(seconds >= least && seconds <= kMost) || !has_unit)
    throw CLI::ValidationError(
        option, fmt::format("must be a time of at least {} s, such as 90s, 5m or 1h, got '{}'",
                            least, text));
  return seconds;
}

void add_data_options(CLI::App& app, DataOptions& options) {
  begin_group(app, "Data");
  app.add_option(
         "DATA", options.data,
         "folders with one subfolder per label, archives of them, or .csv, .tsv, .json, .jsonl "
         "or fastText files; in a folder, one file per document; - reads standard input")
      ->required()
      ->type_name("PATH");
  add_format_options(app, options.read);
  add_limit_options(app, options.read.limits, true);
  app.add_option("--labels", options.read.labels, "use only documents with these labels")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("A,B,...");
  advanced(app.add_option("--label-names", options.label_names,
                          "names of labels that are integers, from 0; a file has one per line")
               ->type_name("A,B,...|FILE"));
}

void add_format_options(CLI::App& app, ReadOptions& options) {
  ColumnOptions& columns = options.columns;
  begin_group(app, "Data");
  add_choice(app, "--format", options.format, kDataFormats,
             "format of the documents; auto: detected from file name and content; any may be "
             "compressed (.gz, .zst)");
  app.add_option_function<std::vector<std::string>>(
         "--text-column",
         [&columns](const std::vector<std::string>& given) {
           columns.text.clear();
           for (const std::string& text : given) columns.text.push_back(parse_text_column(text));
         },
         "column or key of the text; a name or number; if no column has a default name, the only "
         "one besides the label; N: count its tokens N times; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME[:N]")
      ->default_str(in_words("text, body, ..."));
  app.add_option("--label-column", columns.label, "column or key of the label")
      ->type_name("NAME")
      ->default_str(in_words("label, ..."));
  advanced(app.add_option("--id-column", columns.id, "column or key of the id")->type_name("NAME"));
  advanced(app.add_flag("--no-header", columns.no_header,
                        "the first record of a CSV or TSV file is data, not a header"));
  advanced(
      app.add_option_function<std::string>(
             "--delimiter",
             [&options](const std::string& text) { options.delimiter = parse_delimiter(text); },
             "delimiter of the fields of CSV or TSV: one character, or tab")
          ->type_name("C")
          ->default_str(in_words("detected: , ; tab or |")));
  advanced(add_choice(app, "--quoting", options.quoting, kQuotings,
                      "quotes in CSV and TSV are text, or enclose fields")
               ->default_str(in_words("csv for CSV, none for TSV")));
  advanced(
      app.add_option("--label-prefix", options.label_prefix, "prefix of labels in fastText lines")
          ->type_name("TEXT")
          ->check([](const std::string& text) {
            return text.empty() ? std::string("must not be empty") : std::string();
          }));
  advanced(app.add_option("--encoding", options.encoding,
                          "encoding of the documents, any that iconv -l lists; auto: by a byte "
                          "order mark, else UTF-8, else a guess (windows-1252)")
               ->type_name("NAME")
               ->check([](const std::string& name) {
                 return is_known_encoding(name)
                            ? std::string()
                            : fmt::format("unknown encoding '{}'; iconv -l lists the names", name);
               }));
  advanced(add_choice(app, "--invalid-utf8", options.invalid_utf8, kInvalidUtf8Policies,
                      "handling of bytes that are not valid in the encoding: replace them, read "
                      "the document as Latin-1, or stop; only replace allows a guess"));
  advanced(app.add_flag("--skip-unreadable", options.skip_unreadable,
                        "skip any number of files of a folder that are gone or not permitted; by "
                        "default at most 1 % (or one file), but not all of a label; other "
                        "failures to read always end the run"));
}

ReadOptions suit_columns(ReadOptions options, const Classifier& classifier) {
  ColumnOptions& columns = options.columns;
  if (columns.text.empty()) columns.text = classifier.vectorizer.options().text.columns;
  const auto suit = [](std::string& given, const std::string& kept, bool& may_lack) {
    if (!given.empty()) return;
    given = kept;
    may_lack = !kept.empty();
  };
  suit(columns.label, classifier.columns.label, columns.label_may_lack);
  suit(columns.id, classifier.columns.id, columns.id_may_lack);
  return options;
}

void add_general_options(CLI::App& app, Console& console) {
  begin_group(app, "General");
  app.add_flag("-q,--quiet", console.quiet, "show only warnings and errors");
  app.add_flag("-v,--verbose", console.verbose, "also show details");
  app.set_help_flag("-h,--help", "show the common options");
  app.set_help_all_flag("--help-all", "show all options");
}

void add_threads_option(CLI::App& app, int& threads) {
  threads = available_threads();
  add_number(app, "--threads", threads, 1, 1024, "N", "number of threads");
}

void add_machine_options(CLI::App& app, int& threads, DeviceChoice& device,
                         const std::string& scope) {
  add_threads_option(app, threads);
  advanced(app.add_option_function<std::string>(
                  "--device", [&device](const std::string& text) { device = parse_device(text); },
                  "device to compute on; auto: CUDA if available" + scope)
               ->type_name("auto|cpu|cuda|cuda:N")
               ->default_str("auto"));
}

void check_model_argument(const std::string& path, std::span<const std::string> others) {
  std::error_code ignored;
  if (looks_like_model(path)) return;
  for (const std::string& other : others)
    if (looks_like_model(other))
      throw Error(
          path,
          fmt::format("this is {}, but {} is a model",
                      fs::is_directory(path, ignored) ? "a folder" : "not a newsclf model", other),
          "did you swap them? MODEL comes first");
  if (fs::is_regular_file(path, ignored) && std::ifstream(path).good())
    throw Error(path, "this is not a newsclf model", "give the file that newsclf train wrote");
}

ReadCorpus read_data(const DataOptions& options, const Console& console, Workers& workers,
                     DocumentSink* sink) {
  ReadOptions reading = options.read;
  reading.label_names = read_given_names(options);
  set_memory_limit(reading.limits);
  ReadCorpus read = read_corpus(options.data, reading, workers, sink);
  const ReadCounts& counts = read.corpus.counts;
  console.note(fmt::format("read {}: {}, {}, {}{}", describe_places(options.data, read.formats),
                           counted(counts.read, "document"), counted(read.labels.size(), "label"),
                           file_size(counts.bytes), describe_counts(counts, options.read)));
  warn_of_encoding(console, counts, options.read);
  warn_of_long_documents(console, counts, options.read.limits);
  tell_what_was_not_read(console, counts);
  tell_deep_tree(console, read, options.data.front());
  return read;
}

}  // namespace newsclf
