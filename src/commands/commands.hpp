// SPDX-License-Identifier: MIT
// The commands. Each `setup_x` adds the options of its command and registers `run_x`, which is
// called after parsing; `setup_x` itself opens no file.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string_view>

#include "cli/console.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {

/// They borrow `console` until parsing ends. Running a command throws `Error` or `ClosedPipe`.
void setup_train(CLI::App& app, Console& console);
void setup_eval(CLI::App& app, Console& console);
void setup_predict(CLI::App& app, Console& console);
void setup_info(CLI::App& app, Console& console);
void setup_check(CLI::App& app, Console& console);
void setup_compare(CLI::App& app, Console& console);
void setup_threshold(CLI::App& app, Console& console);
void setup_compress(CLI::App& app, Console& console);
void setup_cross_validate(CLI::App& app, Console& console);
void setup_tune(CLI::App& app, Console& console);

/// The program; parsing a command line runs a command. Borrows `console`.
/// @param first first word of the command line. If it is one of the commands above, the program
/// only has this command: adding the options of all others takes longer than labelling a line.
std::unique_ptr<CLI::App> make_app(Console& console, std::string_view first = {});

/// `what()`, followed by "; REMEDY" in terms of command-line options if the error's code has one.
std::string message_with_remedy(const Error& error);

}  // namespace newsclf
