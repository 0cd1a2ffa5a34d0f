// SPDX-License-Identifier: MIT
#include "commands/commands.hpp"

#include <string_view>
#include <utility>

namespace newsclf {
namespace {

constexpr std::pair<ErrorCode, std::string_view> kRemedies[] = {
    {ErrorCode::kDiverged, "use a lower --lr"},
    {ErrorCode::kFewToHoldOut, "give more documents, or omit --valid-fraction"},
    {ErrorCode::kFolderOfFormat, "give the files in it, or omit --format"},
    {ErrorCode::kLabelHeldOutAlone, "exclude such documents with --labels"},
    {ErrorCode::kLabelNumber, "check --label-names"},
    {ErrorCode::kLabelNotText, "name the encoding with --encoding, such as windows-1252"},
    {ErrorCode::kLabelOfNone, "check --labels"},
    {ErrorCode::kLongDocument, "raise --max-document, or use --on-long cut"},
    {ErrorCode::kLongRecord, "correct the record, or raise --max-record"},
    {ErrorCode::kMachine,
     "check the disk, free memory and the limit of open files (ulimit -n), then run it again"},
    {ErrorCode::kNoColumns, "omit --keep-columns, or set --format csv, tsv or jsonl"},
    {ErrorCode::kNoDeviceMemory, "use a smaller --batch-size or --hidden, or --device cpu"},
    {ErrorCode::kNoIdColumn, "name it with --id-column"},
    {ErrorCode::kNoLabelColumn, "name it with --label-column"},
    {ErrorCode::kNoTextColumn, "name it with --text-column"},
    {ErrorCode::kNoTokens, "lower --min-df, raise --max-df or omit --stop-words"},
    {ErrorCode::kNotUtf8,
     "name the encoding with --encoding, or use --invalid-utf8 replace or latin1"},
    {ErrorCode::kOtherColumn,
     "use --output-format jsonl, omit --keep-columns, or label files with other columns "
     "separately"},
    {ErrorCode::kQuotes,
     "double the quotes inside quoted fields, or read quotes as text with --quoting none"},
    {ErrorCode::kQuotesAreText,
     "use --quoting csv if quotes enclose fields; otherwise correct the record"},
    {ErrorCode::kTooFewBytes, "use a larger --max-size or, to train, --max-model-size"},
    {ErrorCode::kTooManyLabels,
     "if these are ids, name the column of the label with --label-column; otherwise group labels"},
    {ErrorCode::kTooManyTokens, "lower --word-ngrams"},
    {ErrorCode::kTooMuchMemory,
     "use fewer tokens (--max-features, --min-df), a smaller --hidden or fewer --members"},
    {ErrorCode::kTooMuchToCount,
     "use fewer documents, shorter n-grams (--word-ngrams, --linear words), or a larger "
     "--max-memory"},
    {ErrorCode::kTooMuchToRead,
     "use fewer documents (--labels), a smaller --max-document or, to train, a larger "
     "--max-memory"},
    {ErrorCode::kUnknownFormat, "set it with --format csv, tsv, jsonl, fasttext or tree"},
    {ErrorCode::kUnknownHeader,
     "use --no-header, or name the columns with --text-column and --label-column"},
    {ErrorCode::kUnreadable, "check their permissions, or skip them with --skip-unreadable"},
};

}  // namespace

std::string message_with_remedy(const Error& error) {
  std::string message = error.what();
  for (const auto& [code, remedy] : kRemedies)
    if (code == error.code()) message.append("; ").append(remedy);
  return message;
}

}  // namespace newsclf
