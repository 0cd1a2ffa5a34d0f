// SPDX-License-Identifier: MIT
// Runs a command line and turns every exception into a message and an exit status.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/console.hpp"
#include "cli/fasttext_spellings.hpp"
#include "cli/pages.hpp"
#include "cli/signals.hpp"
#include "commands/commands.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

enum ExitStatus { kDone = 0, kFailed = 1, kWrongCommandLine = 2, kThresholdMissed = 3 };

/// Opens /dev/null in place of closed standard streams, so that no other file gets their numbers
/// and no message is written into it. Reading and writing them still fails.
void occupy_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/// @param words the command line without the program's name
int run(std::vector<std::string> words) {
  Console console;
  const auto app = make_app(console, words.empty() ? std::string_view() : words.front());
  if (words.empty()) words = {"--help"};
  try {
    std::vector<std::string> warnings;
    words = translate_fasttext(std::move(words), warnings);
    for (const std::string& warning : warnings) console.warning(warning);
    try {
      // CLI11 expects the arguments in reverse order.
      app->parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::Success& request) {  // --help, --help-all or --version
      std::ostringstream page, nothing;
      app->exit(request, page, nothing);
      write_page(styled_page(page.str()));
    }
    return kDone;
  } catch (const CLI::ParseError& error) {
    console.error(what_is_wrong(error, *app, words.front()));
    return kWrongCommandLine;
  } catch (const WrongCommandLine& wrong) {
    console.error(wrong.what());
    return kWrongCommandLine;
  } catch (const ClosedPipe&) {
    return kDone;
  } catch (const ThresholdMissed& missed) {
    console.error(missed.what());
    return kThresholdMissed;
  } catch (const Error& error) {
    console.error(message_with_remedy(error));
  } catch (const std::bad_alloc&) {
    console.error(
        "out of memory; use fewer documents, a smaller --max-document, fewer tokens "
        "(--max-features, --min-df) or a smaller --hidden");
  } catch (const std::exception& error) {
    console.error(fmt::format("unexpected error: {}; please report it", error.what()));
  }
  return kFailed;
}

}  // namespace
}  // namespace newsclf

int main(int argc, char** argv) {
  newsclf::occupy_standard_streams();
  newsclf::handle_signals();
  const int status = newsclf::run({argv + (argc > 0), argv + argc});
#ifdef NEWSCLF_LEAVE_NORMALLY
  return status;
#else
  // Skips LibTorch's static destructors: they take 0.08 s, and the process ends anyway.
  std::fflush(nullptr);
  std::_Exit(status);
#endif
}
