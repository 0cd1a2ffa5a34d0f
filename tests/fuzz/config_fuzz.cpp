// SPDX-License-Identifier: MIT
// Parses command lines, with newsclf's and fastText's names of options, and configuration files; no
// command runs. What --print-config writes about accepted options restores them.
//
// The lines of an input up to a blank one are the words of a command line; the rest is the
// configuration file, which replaces the word CONFIG.
#include <map>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/config_file.hpp"
#include "cli/console.hpp"
#include "cli/fasttext_spellings.hpp"
#include "commands/commands.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/memory_file.hpp"

using namespace newsclf;
using namespace newsclf::fuzz;

namespace {

using Words = std::vector<std::string>;

/// Thrown when all options are checked, before the command would run.
struct AllParsed {};

/// A parsed command line.
struct Parsed {
  Console console;
  std::unique_ptr<CLI::App> app = make_app(console);
  CLI::App* command = nullptr;
  std::string complaint;  ///< empty: the command line is accepted

  explicit Parsed(Words words) {
    app->parse_complete_callback([] { throw AllParsed(); });
    try {
      std::vector<std::string> warnings;
      words = translate_fasttext(std::move(words), warnings);
      for (const std::string& warning : warnings) require(!warning.empty(), "a warning has text");
      app->parse(Words(words.rbegin(), words.rend()));
    } catch (const AllParsed&) {
      command = app->get_subcommands().front();
    } catch (const CLI::Success& request) {
      std::ostringstream page, nothing;
      app->exit(request, page, nothing);
      complaint = page.str();
    } catch (const CLI::ParseError& error) {
      complaint = what_is_wrong(error, *app, words.front());
    } catch (const WrongCommandLine& wrong) {
      complaint = wrong.what();
    } catch (const Error& error) {
      complaint = message_of(error);
    }
    require((command == nullptr) != complaint.empty(), "what is refused has a message");
  }

  std::map<std::string, Words> values() const {
    std::map<std::string, Words> all;
    for (const CLI::Option* option : command->get_options())
      if (option->get_configurable() && option->count() > 0)
        all[option->get_name()] = option->results();
    return all;
  }
};

void check_printed(const Parsed& parsed) {
  std::string text;
  try {
    text = config_text(*parsed.command);
  } catch (const Error& error) {
    message_of(error);
    return;
  }
  const MemoryFile file(text);
  const Parsed read({parsed.command->get_name(), "--config", file.path()});
  require(read.command != nullptr, "a printed configuration is accepted",
          read.complaint + '\n' + text);
  require(config_text(*read.command) == text, "a printed configuration prints the same", text);
  const auto restored = read.values();
  for (const auto& [option, values] : parsed.values())
    require(restored.contains(option) && restored.at(option) == values,
            "a printed configuration restores values", option + '\n' + text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view left(reinterpret_cast<const char*>(bytes), size);
  Words words;
  while (!left.empty() && left.front() != '\n') {
    const std::size_t end = std::min(left.find('\n'), left.size());
    words.emplace_back(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
    if (words.back().find('\0') != std::string::npos) return 0;  // no command line has it
  }
  if (words.empty()) return 0;
  const MemoryFile file(left.substr(std::min<std::size_t>(left.size(), 1)));
  std::ranges::replace(words, "CONFIG", file.path());
  const Parsed parsed(words);
  if (parsed.command != nullptr && parsed.command->get_option_no_throw("--config") != nullptr)
    check_printed(parsed);
  return 0;
}
