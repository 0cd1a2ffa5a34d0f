// SPDX-License-Identifier: MIT
// All commands together, and `newsclf help`.
#include <fmt/format.h>

#include <algorithm>

#include "cli/help_formatter.hpp"
#include "training/libtorch_finder.hpp"
#include "commands/command_options.hpp"
#include "commands/commands.hpp"
#include "newsclf/model/classifier.hpp"

namespace newsclf {
namespace {

std::string version_text() {
  const auto libtorch = find_libtorch();
  return fmt::format("newsclf {}\nLibTorch {}\nmodel format {}", NEWSCLF_VERSION,
                     libtorch ? libtorch->version : "not found (needed for training)",
                     kModelFormatVersion);
}

void setup_help(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("help", "show the help of newsclf or of a command");
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(app)) names.push_back(command->get_name());
  auto name = std::make_shared<std::string>();
  begin_group(*sub, "Data");
  sub->add_option("COMMAND", *name, "the command to explain")
      ->type_name(fmt::format("{}", fmt::join(names, "|")));
  add_general_options(*sub, console);
  sub->footer("Examples:\n  newsclf help train");
  sub->callback([&app, name, names] {
    if (!name->empty() && std::ranges::count(names, *name) == 0)
      throw CLI::ValidationError("COMMAND", must_be_one_of(*name, names));
    const CLI::App* const command = name->empty() ? &app : app.get_subcommand(*name);
    const std::string title = name->empty() ? app.get_name() : app.get_name() + ' ' + *name;
    write_stdout(
        styled_page(app.get_formatter()->make_help(command, title, CLI::AppFormatMode::Normal)));
  });
}

}  // namespace

std::unique_ptr<CLI::App> make_app(Console& console) {
  auto made = std::make_unique<CLI::App>("Trains and runs text classifiers.", "newsclf");
  CLI::App& app = *made;
  app.option_defaults()->always_capture_default();
  app.formatter(std::make_shared<HelpFormatter>());
  begin_group(app, "General");
  app.set_help_flag("-h,--help", "show this page");
  app.set_version_flag("-V,--version", version_text,
                       "show the versions of newsclf, LibTorch, models");
  app.require_subcommand(1);
  app.footer("newsclf help COMMAND shows the options of a command, with examples.");
  setup_train(app, console);
  setup_eval(app, console);
  setup_predict(app, console);
  setup_info(app, console);
  setup_check(app, console);
  setup_compare(app, console);
  setup_completion(app, console);
  setup_manual(app, console);
  setup_help(app, console);
  return made;
}

}  // namespace newsclf
