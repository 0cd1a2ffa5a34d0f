// SPDX-License-Identifier: MIT
// The one exception type for problems that the user can fix.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace newsclf {

/// The kind of problem, for errors whose remedy depends on the caller: the program names its
/// command-line options, a C++ program sets members of the options structs.
enum class ErrorCode {
  kGeneral,            ///< none of the others; `what()` is complete
  kDiverged,           ///< the training loss is not finite
  kFewToHoldOut,       ///< no document can be held out
  kFileExists,         ///< the file exists and must not be replaced
  kFolderOfFormat,     ///< the path is a folder, but the format is read from files
  kLabelHeldOutAlone,  ///< all documents of a label are held out
  kLabelNumber,        ///< a label is not the number of a label name
  kLabelNotText,       ///< a label contains bytes that are not valid in the encoding
  kLabelOfNone,        ///< no document has a requested label
  kLongDocument,       ///< a document is longer than the limit
  kLongRecord,         ///< a record is longer than the limit
  kMachine,            ///< the system failed, not the file: a disk error, a limit, no memory
  kNoCacheFile,        ///< a file for what is too large for memory cannot be written or read
  kNoColumns,          ///< columns are to be kept, but the input has none
  kNoDeviceMemory,     ///< training needs more memory than the CUDA device has
  kNoFile,             ///< the file does not exist; `what()` is complete
  kNoIdColumn,         ///< the id column or key does not exist
  kNoLabelColumn,      ///< the label column does not exist or cannot be detected
  kNoMemory,           ///< there is no memory for a model; `what()` is complete
  kNoTextColumn,       ///< the text column does not exist or cannot be detected
  kNoTokens,           ///< the vocabulary would be empty
  kNotUtf8,            ///< the text is not valid in its encoding
  kOtherColumn,        ///< a record has a column that the table of answers does not have
  kQuotes,             ///< a quoted CSV field has no closing quote, or text after it
  kQuotesAreText,      ///< a record is malformed, perhaps since quotes do not enclose its fields
  kTooFewBytes,        ///< a model cannot be made as small as requested
  kTooManyLabels,      ///< more labels than training supports
  kTooManyTokens,      ///< the vocabulary has too many tokens
  kTooMuchInMemory,    ///< training would exceed its memory limit, but not with rows on disk
  kTooMuchMemory,      ///< training would exceed its memory limit
  kTooMuchToCount,     ///< counting tokens would exceed the memory limit
  kTooMuchToRead,      ///< the documents would exceed the memory limit
  kUnknownFormat,      ///< the format cannot be detected or has no labels
  kUnknownHeader,      ///< cannot tell whether the first record is a header
  kUnreadable,         ///< too many files of a folder cannot be read
  kUnusableFile,       ///< permissions, type or size forbid using a file; `what()` is complete
};

/// A problem that the user can fix. `what()` is one line, `where: what is wrong; what to do`; the
/// last part may be missing. Has default visibility because the training library throws it across
/// its boundary.
class __attribute__((visibility("default"))) Error : public std::runtime_error {
 public:
  Error(std::string_view where, std::string_view problem, std::string_view remedy = {})
      : std::runtime_error(compose(where, problem, remedy)) {}
  /// Without a remedy, the caller adds the one that belongs to `code`.
  Error(ErrorCode code, std::string_view where, std::string_view problem,
        std::string_view remedy = {})
      : Error(where, problem, remedy) {
    code_ = code;
  }

  ErrorCode code() const { return code_; }

  /// Returns `text` with each byte of line breaks, terminal control characters and bidirectional
  /// controls written as \xNN, since messages quote file names and damaged files.
  /// @param kept bytes that are not escaped, such as line breaks
  static std::string escape_controls(std::string_view text, std::string_view kept = {}) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    while (!text.empty()) {
      const std::size_t escaped =
          kept.find(text.front()) == std::string_view::npos ? length_of_control(text) : 0;
      for (const char c : text.substr(0, escaped)) {
        const auto byte = static_cast<unsigned char>(c);
        out.append("\\x").append({kDigits[byte >> 4], kDigits[byte & 15]});
      }
      if (escaped == 0) out.push_back(text.front());
      text.remove_prefix(escaped == 0 ? 1 : escaped);
    }
    return out;
  }

  /// Returns the length in bytes of the control character at the start of `text`, 0 if none.
  static std::size_t length_of_control(std::string_view text) {
    const auto byte = [&](std::size_t i) {
      return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
    if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return 2;  // U+0080 to U+009F
    const bool overrides = byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE;  // U+202A to E
    const bool isolates = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;   // U+2066 to 9
    return byte(0) == 0xE2 && (overrides || isolates) ? 3 : 0;
  }

 private:
  ErrorCode code_ = ErrorCode::kGeneral;

  static std::string compose(std::string_view where, std::string_view problem,
                             std::string_view remedy) {
    std::string line(where);
    line.append(": ").append(problem);
    if (!remedy.empty()) line.append("; ").append(remedy);
    return escape_controls(line);
  }
};

}  // namespace newsclf
