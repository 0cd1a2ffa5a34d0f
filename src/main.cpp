// SPDX-License-Identifier: MIT
// The program: its commands, and the one place where exceptions end.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/config_file.hpp"
#include "cli/console.hpp"
#include "cli/fasttext_spellings.hpp"
#include "cli/help_formatter.hpp"
#include "training/libtorch_finder.hpp"
#include "commands/commands.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/classifier.hpp"

namespace newsclf {
namespace {

enum ExitStatus { kDone = 0, kFailed = 1, kWrongCommandLine = 2, kThresholdMissed = 3 };

std::string version_text() {
  const auto libtorch = find_libtorch();
  return fmt::format("newsclf {}\nLibTorch {}\nmodel format {}", NEWSCLF_VERSION,
                     libtorch ? libtorch->version : "not found (needed for training)",
                     kModelFormatVersion);
}

/// Writes the page that `--help` or `--version` asked for.
int tell(const Console& console, const CLI::App& app, const CLI::ParseError& request) {
  std::ostringstream page, nothing;
  app.exit(request, page, nothing);
  try {
    write_stdout(styled_page(page.str()));
    return kDone;
  } catch (const ClosedPipe&) {
    return kDone;
  } catch (const Error& error) {
    console.error(error.what());
    return kFailed;
  }
}

/// Takes the numbers of standard streams that are closed, so that no file gets one of them and no
/// message is written into it; reading and writing them fails as before.
void occupy_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/// @param words of the command line, without the program's name
int run(std::vector<std::string> words) {
  Console console;
  CLI::App app("Trains and runs text classifiers.", "newsclf");
  app.option_defaults()->always_capture_default();
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_help_flag("-h,--help", "show this page");
  app.set_version_flag("--version", version_text, "show the versions of newsclf, LibTorch, models");
  app.require_subcommand(1);
  app.footer("newsclf COMMAND --help shows the options of a command, with examples.");
  setup_train(app, console);
  setup_eval(app, console);
  setup_predict(app, console);
  setup_info(app, console);
  setup_check(app, console);
  setup_compare(app, console);
  setup_completion(app, console);
  setup_manual(app, console);
  try {
    std::vector<std::string> warnings;
    words = with_config_file(translate_fasttext(std::move(words), warnings), app);
    for (const std::string& warning : warnings) console.warning(warning);
    // CLI11 takes them from the back.
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    return kDone;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return tell(console, app, error);
    console.error(what_is_wrong(error, app, words.empty() ? std::string() : words.front()));
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
    console.error(error.what());
  } catch (const std::bad_alloc&) {
    console.error(
        "out of memory; take fewer tokens (--max-features, --min-df), a smaller --hidden "
        "or fewer documents");
  } catch (const std::exception& error) {
    console.error(fmt::format("unexpected error: {}; please report it", error.what()));
  }
  return kFailed;
}

}  // namespace
}  // namespace newsclf

int main(int argc, char** argv) {
  newsclf::occupy_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);
  const int status = newsclf::run({argv + (argc > 0), argv + argc});
#ifdef NEWSCLF_LEAVE_NORMALLY
  return status;
#else
  // LibTorch's static destructors take 0.08 s and do nothing that the end of a process does not.
  std::fflush(nullptr);
  std::_Exit(status);
#endif
}
