// SPDX-License-Identifier: MIT
#include "commands/predict_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "commands/commands.hpp"
#include "newsclf/io/byte_source.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {
namespace {

constexpr std::int64_t kReportedErrors = 10;

}  // namespace

void add_listed_files(const std::string& list, std::vector<std::string>& files,
                      const Console& console) {
  const auto source = open_bytes(list);
  const std::string names = source->read_all();
  const char end = names.find('\0') == std::string::npos ? '\n' : '\0';
  const std::size_t before = files.size();
  for (std::size_t begin = 0; begin < names.size();) {
    const std::size_t next = std::min(names.find(end, begin), names.size());
    std::string name = names.substr(begin, next - begin);
    if (end == '\n' && name.ends_with('\r')) name.pop_back();
    if (name == "-" && list == "-")
      throw Error(source->name(), "this list contains '-', standard input itself", "remove it");
    if (!name.empty()) files.push_back(std::move(name));
    begin = next + 1;
  }
  if (files.size() == before) console.note(source->name() + " lists no files");
}

void InputReporter::add(const DetectedInput& input) {
  const std::string_view as = input.format == DataFormat::kAuto ? "one document"
                              : input.format == DataFormat::kLines
                                  ? "one document per line"
                                  : name_of(kDataFormats, input.format);
  const std::string_view like = name_of(kDataFormats, input.suspected);
  const bool is_suspected = input.suspected != DataFormat::kAuto;
  const bool is_detected = input.format != DataFormat::kAuto && input.format != DataFormat::kLines;
  if (inputs_ > 1) {
    if (is_detected) detected_.push_back(fmt::format("{} as {}", input.name, as));
    if (is_suspected) suspected_.push_back(fmt::format("{} like {}", input.name, like));
    documents_ += input.format == DataFormat::kAuto;
    is_ambiguous_ = is_ambiguous_ || input.is_ambiguous;
  } else if (is_suspected) {
    console_.warning(
        fmt::format("{} looks like {}, but is read as {}; --format {} reads its records",
                    input.name, like, as, like));
  } else if (is_detected) {
    console_.note(fmt::format("reading {} as {}; {}", input.name, as,
                              input.is_stdin ? "--format lines reads one document per line"
                                             : "--document reads it as one document"));
  } else if (input.is_ambiguous) {
    console_.note(
        fmt::format("reading {} as one document; --format lines reads one per line", input.name));
  }
}

std::span<const Document> InputReporter::next(InputDocuments& stream) {
  while (true) {
    try {
      return stream.next();
    } catch (const Error& error) {
      if (inputs_ < 2 || error.code() == ErrorCode::kMachine) throw;
      bar_.clear();
      if (failed_++ < kReportedErrors) console_.error(message_with_remedy(error));
      stream.skip_input();
    }
  }
}

void InputReporter::finish() const {
  std::string note;
  const auto add = [&](const std::string& what) { note += (note.empty() ? "" : ", ") + what; };
  if (is_ambiguous_)
    add(counted(documents_, "file") +
        (documents_ == 1 ? " as one document" : " as one document each"));
  if (!detected_.empty()) add(short_list(detected_));
  if (!note.empty())
    console_.note("read " + note + "; --format or --document changes how files are read");
  if (!suspected_.empty())
    console_.warning(
        fmt::format("inputs look like records, but were not read as records: {}; use --format",
                    short_list(suspected_)));
  if (failed_ > 0)
    throw Error("predict", fmt::format("{} of {} could not be read", with_commas(failed_),
                                       counted(static_cast<std::int64_t>(inputs_), "input")));
}

}  // namespace newsclf
