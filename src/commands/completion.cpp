// SPDX-License-Identifier: MIT
// `newsclf completion`: the script that a shell completes newsclf's command lines by.
#include "cli/completion.hpp"

#include <memory>

#include "commands/command_options.hpp"
#include "commands/commands.hpp"

namespace newsclf {

void setup_completion(CLI::App& app, Console& console) {
  CLI::App* const sub =
      app.add_subcommand("completion", "write a script that completes command lines in a shell");
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

}  // namespace newsclf
