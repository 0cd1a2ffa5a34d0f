// SPDX-License-Identifier: MIT
// `newsclf manual`: the manual page.
#include "cli/manual_page.hpp"
#include "commands/command_options.hpp"
#include "commands/commands.hpp"

namespace newsclf {

void setup_manual(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("manual", "write the manual page, newsclf.1");
  add_general_options(*sub, console);
  sub->footer(
      "Examples:\n"
      "  newsclf manual | man -l -\n"
      "  newsclf manual > ~/.local/share/man/man1/newsclf.1");
  sub->callback([&app] { write_stdout(manual_page(app)); });
}

}  // namespace newsclf
