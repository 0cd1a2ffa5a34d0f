// SPDX-License-Identifier: MIT
#include "newsclf/corpus/document_reader.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "corpus/csv_dialect.hpp"
#include "corpus/record_splitter.hpp"
#include "corpus/records/record_parser.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/text/utf8.hpp"
#include "text/decoded_source.hpp"

namespace newsclf {
namespace {

bool is_separated(DataFormat format) {
  return format == DataFormat::kCsv || format == DataFormat::kTsv;
}

/// Returns the name of the label number `label`.
/// @throws Error at `where` if it is not the number of a name
const std::string& named_label(const std::string& label, const std::vector<std::string>& names,
                               const std::string& where) {
  std::size_t number = 0;
  const char* const end = label.data() + label.size();
  const auto [stop, error] = std::from_chars(label.data(), end, number);
  if (error == std::errc() && stop == end && number < names.size()) return names[number];
  throw Error(ErrorCode::kLabelNumber, where,
              fmt::format("the label must be an integer from 0 to {}, the number of a label name, "
                          "got '{}'",
                          names.size() - 1, label));
}

/// Result of parsing a record.
struct Outcome {
  RecordNotes notes;
  Repair repair = Repair::kNone;
  bool cleaned_label = false;
  bool is_long = false;
  std::optional<Error> refused;
};

/// Cuts the text of `document` to at most `most` bytes; returns whether it was longer.
bool cut_text(Document& document, std::size_t most) {
  if (document.text.size() <= most) return false;
  document.text.resize(cut_to(document.text, most).size());
  document.text.shrink_to_fit();
  const std::size_t end = document.text.size();
  std::vector<TextPart>& parts = document.parts;
  while (parts.size() > 1 && parts[parts.size() - 2].end >= end) parts.pop_back();
  if (!parts.empty()) parts.back().end = end;
  return true;
}

/// A line is a document, of which the start can be used.
RecordLimit limit_of(DataFormat format, const ReadLimits& limits) {
  const bool cuts = format == DataFormat::kLines || format == DataFormat::kFasttext;
  return {cuts ? limits.document : limits.record, cuts};
}

}  // namespace

struct DocumentReader::State {
  const DecodedSource& text;  // in the splitter
  RecordSplitter splitter;
  DataFormat format;
  ReadOptions options;
  bool labelled;
  std::unique_ptr<RecordParser> parser{};  // created at the first record
  std::vector<Document> documents{};       // current block, reused to keep string memory
  std::vector<Outcome> outcomes{};
  std::vector<std::int64_t> lines{};
  std::optional<Error> pending{};  // the error that ended the current block
  ReadCounts counts{};
  std::set<std::string> met_labels{};
  bool is_started = false;
  CsvDialect dialect{};
  std::optional<bool> has_ids{};  // known after the first document

  std::string where(const Record& record) const {
    const std::string& name = splitter.source().name();
    if (record.element > 0)
      return fmt::format("{}, element {}, line {}", name, record.element, record.line);
    return fmt::format("{}, line {}", name, record.line);
  }

  /// Before the first record is read.
  void start() {
    if (std::exchange(is_started, true)) return;
    if (is_separated(format)) dialect = find_dialect(splitter, format, options);
    if (format == DataFormat::kJsonl) splitter.set_syntax({RecordSyntax::kJson});
  }

  std::unique_ptr<RecordParser> make_parser(const Record& first) const {
    if (format == DataFormat::kJsonl) return make_json_parser(options, labelled);
    if (format == DataFormat::kFasttext) return make_line_parser(options.label_prefix);
    if (format == DataFormat::kLines) return make_line_parser({});
    std::string line(first.bytes);
    settle(line, text.encoding(), options.invalid_utf8, where(first));
    return make_csv_parser(line, where(first), dialect, options.columns, labelled);
  }

  void parse(const Record& record, Document& document, Outcome& outcome) const {
    outcome = {};
    try {
      if (find_invalid_utf8(record.bytes) == std::string_view::npos) {
        // Parsers of lines throw no errors, so they need no name of the record.
        const bool may_refuse = is_separated(format) || format == DataFormat::kJsonl;
        outcome.notes =
            parser->parse(record.bytes, may_refuse ? where(record) : std::string(), document);
      } else {
        std::string settled(record.bytes);
        outcome.repair = settle(settled, text.encoding(), options.invalid_utf8, where(record));
        outcome.notes = parser->parse(settled, where(record), document);
      }
      if (labelled && !document.label.empty() && !options.label_names.empty())
        document.label = named_label(document.label, options.label_names, where(record));
      outcome.cleaned_label = clean_label(document.label);
      outcome.is_long = cut_text(document, options.limits.document) || record.is_cut;
    } catch (const Error& error) {
      outcome.refused = error;
    }
  }

  /// Whether a record is just blank space between records. An empty line is a document if every
  /// line is a document, and a single tab is two empty fields.
  bool is_between(std::string_view record) const {
    if (format == DataFormat::kLines || (format == DataFormat::kFasttext && !labelled))
      return false;
    return is_separated(format) ? record.empty() : is_blank(record);
  }

  /// Keeps the documents before the first malformed record, except those without a wanted label.
  std::size_t keep(std::span<const Record> records) {
    std::size_t kept = 0;
    lines.clear();
    for (std::size_t r = 0; r < records.size(); ++r) {
      const Outcome& outcome = outcomes[r];
      if (outcome.refused) {
        pending = outcome.refused;
        break;
      }
      if (labelled && documents[r].label.empty()) {
        ++counts.unlabelled;
        continue;
      }
      if (labelled) met_labels.insert(documents[r].label);
      if (labelled && !options.wants(documents[r].label)) {
        ++counts.other_labels;
        continue;
      }
      if (labelled && outcome.repair == Repair::kRepaired &&
          documents[r].label.find("\uFFFD") != std::string::npos) {
        pending = Error(ErrorCode::kLabelNotText, where(records[r]),
                        fmt::format("the label '{}' contains bytes that are not valid in {}",
                                    documents[r].label, name_of_encoding(text.encoding())));
        break;
      }
      if (outcome.is_long && options.limits.on_long == OnLong::kError) {
        pending = long_document(where(records[r]), options.limits);
        break;
      }
      if (outcome.is_long && options.limits.on_long == OnLong::kSkip) {
        ++counts.too_long;
        continue;
      }
      counts.cut += outcome.is_long;
      counts.add(documents[r], records[r].bytes.size(), outcome.repair);
      counts.cleaned_labels += outcome.cleaned_label;
      counts.lone_surrogates += outcome.notes.lone_surrogate;
      counts.more_labels += outcome.notes.more_labels;
      counts.stray_quotes += outcome.notes.stray_quote;
      lines.push_back(records[r].element > 0 ? records[r].element : records[r].line);
      if (kept != r) std::swap(documents[kept], documents[r]);
      ++kept;
    }
    return kept;
  }
};

DocumentReader::DocumentReader(std::unique_ptr<ByteSource> source, DataFormat format,
                               ReadOptions options, bool labelled) {
  auto decoded = std::make_unique<DecodedSource>(std::move(source), options.encoding);
  const DecodedSource& text = *decoded;
  RecordSplitter splitter(std::move(decoded), {}, limit_of(format, options.limits));
  state_.reset(new State{text, std::move(splitter), format, std::move(options), labelled});
}
DocumentReader::~DocumentReader() = default;
DocumentReader::DocumentReader(DocumentReader&&) noexcept = default;

std::span<Document> DocumentReader::read(Workers& workers) {
  State& state = *state_;
  if (state.pending) throw *std::exchange(state.pending, std::nullopt);
  state.start();
  while (true) {
    const std::span<const Record> arrived = state.splitter.read();
    if (arrived.empty()) return {};
    std::vector<Record> records(arrived.begin(), arrived.end());
    state.counts.blank += static_cast<std::int64_t>(std::erase_if(
        records, [&](const Record& record) { return state.is_between(record.bytes); }));
    if (records.empty()) continue;
    if (!state.parser) {
      state.parser = state.make_parser(records.front());
      if (state.parser->has_header()) records.erase(records.begin());
    }
    if (state.documents.size() < records.size()) state.documents.resize(records.size());
    if (state.outcomes.size() < records.size()) state.outcomes.resize(records.size());
    const auto share = static_cast<std::int64_t>(
        records.size() / static_cast<std::size_t>(4 * workers.threads()) + 1);
    workers.for_each(records.size(), share, [&](std::size_t r) {
      state.parse(records[r], state.documents[r], state.outcomes[r]);
    });
    const std::size_t kept = state.keep(records);
    if (kept > 0) {
      if (!state.has_ids)
        state.has_ids = state.parser->has_ids() || !state.documents.front().id.empty();
      return std::span(state.documents).first(kept);
    }
    if (state.pending) throw *std::exchange(state.pending, std::nullopt);
  }
}

std::string DocumentReader::place_of(std::size_t document) const {
  return fmt::format("{}:{}", source().name(), state_->lines[document]);
}
bool DocumentReader::has_ids() const { return state_->has_ids.value_or(false); }
const ReadCounts& DocumentReader::counts() const { return state_->counts; }
const std::set<std::string>& DocumentReader::met_labels() const { return state_->met_labels; }
std::vector<std::string> DocumentReader::columns() const {
  std::vector<std::string> names =
      state_->parser ? state_->parser->columns() : std::vector<std::string>();
  if (names.empty() && !state_->documents.empty())
    for (const InputColumn& column : state_->documents.front().columns)
      names.push_back(column.name);
  return names;
}
const ByteSource& DocumentReader::source() const { return state_->splitter.source(); }

std::string DocumentReader::description() const {
  std::string out(state_->splitter.is_array() ? "JSON array"
                                              : name_of(kDataFormats, state_->format));
  if (is_separated(state_->format) && state_->parser)
    out += describe_dialect(state_->dialect, state_->format);
  if (const std::string& encoding = state_->text.encoding(); !expects_utf8(encoding))
    out += ", " + encoding;
  const std::string more = state_->parser ? state_->parser->description() : std::string();
  return more.empty() ? out : out + ", " + more;
}

}  // namespace newsclf
