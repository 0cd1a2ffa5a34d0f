// SPDX-License-Identifier: MIT
// One writer a shell. All of them hand names of files to the shell's own completion, which knows
// how to quote.
#include "cli/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "cli/option_tree.hpp"

namespace newsclf {
namespace {

/// What may stand where an option or argument asks for a value. Its name on the help page says so:
/// `count|binary` are words to choose from, `quotes,footers` words of which several may be given,
/// FILE, MODEL, DATA and PATH name a file, FOLDER a folder; they mix, as in `none|balanced|FILE`.
/// Any other name in capitals is free text.
struct ValueKind {
  std::string words;       ///< with blanks between
  bool is_list = false;    ///< several words, with commas between
  bool is_file = false;    ///< or the name of a file
  bool is_folder = false;  ///< or the name of a folder, which `is_file` includes
};

bool is_word(std::string_view name) {
  return !name.empty() && name.front() >= 'a' && name.front() <= 'z' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

ValueKind kind_of_value(const CLI::Option& option) {
  constexpr std::string_view kFiles[] = {"FILE", "MODEL", "DATA", "PATH"};
  ValueKind kind;
  const std::string type = option.get_type_name();
  for (std::size_t begin = 0, end; begin <= type.size(); begin = end + 1) {
    end = std::min(type.find_first_of("|,", begin), type.size());
    const std::string name = type.substr(begin, end - begin);
    if (is_word(name)) kind.words += (kind.words.empty() ? "" : " ") + name;
    kind.is_file |= std::ranges::count(kFiles, name) > 0;
    kind.is_folder |= name == "FOLDER";
  }
  kind.is_list = !kind.words.empty() && type.find(',') != std::string::npos;
  return kind;
}

/// `text` as one word of a shell; in fish, too, as long as no backslash is in it.
std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string all_spellings(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options_of(app))
    for (const std::string& name : spellings(*option)) names.push_back(name);
  return fmt::format("{}", fmt::join(names, " "));
}

// ---- bash ----

/// The command that completes such a value. Where COMPREPLY stays empty, readline completes the
/// name of a file, unless compopt takes that back.
std::string bash_action(const ValueKind& kind) {
  if (kind.words.empty())
    return kind.is_file ? ":" : kind.is_folder ? "_newsclf_folders" : "_newsclf_nothing";
  const char* const function = kind.is_list   ? "_newsclf_list"
                               : kind.is_file ? "_newsclf_words_or_files"
                                              : "_newsclf_words";
  return fmt::format("{} {}", function, shell_word(kind.words));
}

std::string bash_command(const CLI::App& command) {
  std::map<std::string, std::vector<std::string>> options_by_action;
  for (const CLI::Option* option : options_of(command)) {
    if (!takes_value(*option)) continue;
    auto& options = options_by_action[bash_action(kind_of_value(*option))];
    for (const std::string& name : spellings(*option)) options.push_back(name);
  }
  std::string out = fmt::format("    {})\n      case $prev in\n", command.get_name());
  for (const auto& [action, options] : options_by_action)
    out += fmt::format("        {}) {}; return ;;\n", fmt::join(options, "|"), action);
  out += fmt::format(
      "      esac\n"
      "      if [[ $cur == -* ]]; then _newsclf_words {}; return; fi\n",
      shell_word(all_spellings(command)));
  const auto arguments = arguments_of(command);
  const ValueKind kind = arguments.empty() ? ValueKind() : kind_of_value(*arguments.back());
  return out + fmt::format("      {}\n      ;;\n", bash_action(kind));
}

constexpr std::string_view kBashHead =
    R"(# bash completion of newsclf, written by: newsclf completion bash

_newsclf_nothing() { compopt +o default 2>/dev/null; }
_newsclf_folders() { compopt +o default -o dirnames 2>/dev/null; }
_newsclf_words_or_files() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_newsclf_words() {
  _newsclf_nothing
  _newsclf_words_or_files "$1"
}
# Words with commas between, each at most once.
_newsclf_list() {
  local before='' word words=()
  [[ $cur == *,* ]] && before=${cur%,*},
  for word in $1; do [[ ,$before == *,$word,* ]] || words+=("$before$word"); done
  _newsclf_words "${words[*]}"
  compopt -o nospace 2>/dev/null
}

_newsclf() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  # --option=value is three words here.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
)";

std::string bash_script(const CLI::App& app) {
  std::string out(kBashHead), names;
  for (const CLI::App* command : commands_of(app)) names += command->get_name() + " ";
  out += fmt::format("    _newsclf_words {}\n    return\n  fi\n  case ${{COMP_WORDS[1]}} in\n",
                     shell_word(names + all_spellings(app)));
  for (const CLI::App* command : commands_of(app)) out += bash_command(*command);
  return out + "    *) _newsclf_nothing ;;\n  esac\n}\ncomplete -o default -F _newsclf newsclf\n";
}

// ---- zsh ----

/// Escaped for a specification of _arguments or _describe.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\[]:$`").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// ":message:action" of a value.
std::string zsh_value(const CLI::Option& option, const std::string& name) {
  const ValueKind kind = kind_of_value(option);
  const std::string message = ":" + zsh_text(name) + ":";
  if (kind.is_list) return message + "_values -s , word " + kind.words;
  if (!kind.words.empty() && kind.is_file)
    return message + fmt::format("{{ compadd -- {}; _files }}", kind.words);
  if (!kind.words.empty()) return message + "(" + kind.words + ")";
  if (kind.is_file) return message + "_files";
  return message + (kind.is_folder ? "_files -/" : " ");
}

std::string zsh_option(const CLI::Option& option) {
  const std::vector<std::string> names = spellings(option);
  const std::string value =
      takes_value(option) ? zsh_value(option, option.get_type_name()) : std::string();
  const std::string description = "[" + zsh_text(brief(option.get_description())) + "]";
  // "(names)" are not offered again once one was given; "*" is, any number of times.
  const bool again = option.get_expected_max() > 1 && option.get_delimiter() == '\0';
  const std::string repeats = again ? "*" : fmt::format("({})", fmt::join(names, " "));
  std::string out;
  for (const std::string& name : names) {
    // "=" and "+" allow a value in the same word.
    const char* const joined = value.empty() ? "" : name.starts_with("--") ? "=" : "+";
    out += " \\\n        " + shell_word(repeats + name + joined + description + value);
  }
  return out;
}

std::string zsh_command(const CLI::App& command) {
  std::string out = fmt::format("    {})\n      _arguments -s -S", command.get_name());
  for (const CLI::Option* option : options_of(command)) out += zsh_option(*option);
  for (const CLI::Option* argument : arguments_of(command))
    out += " \\\n        " + shell_word((argument->get_expected_max() > 1 ? "*" : "") +
                                        zsh_value(*argument, argument->get_name(true)));
  return out + "\n      ;;\n";
}

std::string zsh_script(const CLI::App& app) {
  std::string out =
      "#compdef newsclf\n"
      "# zsh completion of newsclf, written by: newsclf completion zsh\n\n"
      "_newsclf() {\n"
      "  local curcontext=$curcontext state line\n"
      "  typeset -A opt_args\n"
      "  local -a commands=(";
  for (const CLI::App* command : commands_of(app))
    out += "\n    " + shell_word(zsh_text(command->get_name()) + ":" +
                                 zsh_text(brief(command->get_description())));
  out += "\n  )\n  _arguments -C";
  for (const CLI::Option* option : options_of(app)) out += zsh_option(*option);
  out +=
      " \\\n        '1:command:->command' '*::argument:->argument' && return\n"
      "  if [[ $state == command ]]; then\n"
      "    _describe -t commands command commands\n"
      "    return\n"
      "  fi\n"
      "  case $words[1] in\n";
  for (const CLI::App* command : commands_of(app)) out += zsh_command(*command);
  // A file of $fpath is run at the first completion; a sourced one registers itself.
  return out +
         "  esac\n}\n\n"
         "if [[ $funcstack[1] == _newsclf ]]; then\n  _newsclf \"$@\"\n"
         "else\n  compdef _newsclf newsclf\nfi\n";
}

// ---- fish ----

/// The switches of fish's `complete` for a value.
std::string fish_value(const ValueKind& kind) {
  const char* const files = kind.is_file ? " -F" : " -f";
  if (kind.is_list) return files + (" -a " + shell_word("(__newsclf_list " + kind.words + ")"));
  if (!kind.words.empty()) return files + (" -a " + shell_word(kind.words));
  if (kind.is_folder) return " -f -a '(__fish_complete_directories)'";
  return files;
}

std::string fish_option(const std::string& condition, const CLI::Option& option) {
  std::string out = "complete -c newsclf -n " + shell_word(condition);
  for (const std::string& name : option.get_snames()) out += " -s " + name;
  for (const std::string& name : option.get_lnames()) out += " -l " + name;
  if (takes_value(option)) out += " -r" + fish_value(kind_of_value(option));
  return out + " -d " + shell_word(brief(option.get_description())) + "\n";
}

std::string fish_script(const CLI::App& app) {
  std::string out =
      "# fish completion of newsclf, written by: newsclf completion fish\n\n"
      "function __newsclf_command_is\n"
      "  set -l words (commandline -opc)\n"
      "  test \"$words[2]\" = \"$argv[1]\"\n"
      "end\n"
      "# Words with commas between, each at most once.\n"
      "function __newsclf_list\n"
      "  set -l before (string match -r '.*,' -- (string replace -r '^--[^=]*=' '' -- "
      "(commandline -ct)))\n"
      "  for word in $argv\n"
      "    string match -q \"*,$word,*\" -- \",$before\"; or echo \"$before$word\"\n"
      "  end\n"
      "end\n\n"
      "complete -c newsclf -f\n";
  const std::string none = "__newsclf_command_is ''";
  for (const CLI::Option* option : options_of(app)) out += fish_option(none, *option);
  for (const CLI::App* command : commands_of(app))
    out += fmt::format("complete -c newsclf -n {} -a {} -d {}\n", shell_word(none),
                       command->get_name(), shell_word(brief(command->get_description())));
  for (const CLI::App* command : commands_of(app)) {
    const std::string condition = "__newsclf_command_is " + command->get_name();
    out += "\n";
    for (const CLI::Option* option : options_of(*command)) out += fish_option(condition, *option);
    for (const CLI::Option* argument : arguments_of(*command))
      out += fmt::format("complete -c newsclf -n {}{} -d {}\n", shell_word(condition),
                         fish_value(kind_of_value(*argument)),
                         shell_word(brief(argument->get_description())));
  }
  return out;
}

}  // namespace

std::string completion_script(const CLI::App& app, Shell shell) {
  if (shell == Shell::kBash) return bash_script(app);
  return shell == Shell::kZsh ? zsh_script(app) : fish_script(app);
}

}  // namespace newsclf
