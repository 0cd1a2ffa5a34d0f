// SPDX-License-Identifier: MIT
// The program with all commands, and the commands that describe it: completion, manual and help.
#include <fmt/format.h>

#include <algorithm>

#include "cli/completion.hpp"
#include "cli/pages.hpp"
#include "commands/command_options.hpp"
#include "commands/commands.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/training/backend.hpp"

namespace newsclf {
namespace {

std::string version_text() {
  const auto libtorch = find_libtorch();
  return fmt::format("newsclf {}\nLibTorch {}\nmodel format {}", NEWSCLF_VERSION,
                     libtorch ? libtorch->version : "not found (needed for training)",
                     kModelFormatVersion);
}

void setup_completion(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("completion", "print a shell completion script");
  auto shell = std::make_shared<Shell>(Shell::kBash);
  begin_group(*sub, "Data");
  add_choice(*sub, "SHELL", *shell, kShells, "the shell: bash, zsh or fish")
      ->required()
      ->default_str("");
  add_general_options(*sub, console);
  sub->footer(
      "Examples:\n"
      "  source <(newsclf completion bash)\n"
      "  newsclf completion bash > ~/.local/share/bash-completion/completions/newsclf\n"
      "  newsclf completion zsh > ~/.zfunc/_newsclf\n"
      "  newsclf completion fish > ~/.config/fish/completions/newsclf.fish");
  sub->callback([&app, shell] { write_stdout(completion_script(app, *shell)); });
}

void setup_manual(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("manual", "print the manual page newsclf(1)");
  add_general_options(*sub, console);
  sub->footer(
      "Examples:\n"
      "  newsclf manual | man -l -\n"
      "  newsclf manual > ~/.local/share/man/man1/newsclf.1");
  sub->callback([&app] { write_stdout(manual_page(app)); });
}

void setup_help(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("help", "show help for newsclf or a command");
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(app)) names.push_back(command->get_name());
  auto name = std::make_shared<std::string>();
  begin_group(*sub, "Data");
  sub->add_option("COMMAND", *name, "the command to show help for")
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

struct Command {
  std::string_view name;
  void (*setup)(CLI::App&, Console&);
};
constexpr Command kCommands[] = {{"train", setup_train},
                                 {"eval", setup_eval},
                                 {"predict", setup_predict},
                                 {"info", setup_info},
                                 {"check", setup_check},
                                 {"compare", setup_compare},
                                 {"threshold", setup_threshold},
                                 {"compress", setup_compress},
                                 {"cross-validate", setup_cross_validate},
                                 {"tune", setup_tune}};

}  // namespace

std::unique_ptr<CLI::App> make_app(Console& console, std::string_view first) {
  auto made = std::make_unique<CLI::App>("Trains and runs text classifiers.", "newsclf");
  CLI::App& app = *made;
  app.option_defaults()->always_capture_default();
  app.formatter(std::make_shared<HelpFormatter>());
  begin_group(app, "General");
  app.set_help_flag("-h,--help", "show this help");
  app.set_version_flag("-V,--version", version_text,
                       "show the versions of newsclf, LibTorch and the model format");
  app.require_subcommand(1);
  app.footer("newsclf help COMMAND shows the options of a command, with examples.");
  const auto only = std::ranges::find(kCommands, first, &Command::name);
  if (only != std::end(kCommands)) {
    only->setup(app, console);
    return made;
  }
  for (const auto& [name, setup] : kCommands) setup(app, console);
  setup_completion(app, console);
  setup_manual(app, console);
  setup_help(app, console);
  return made;
}

}  // namespace newsclf
