// SPDX-License-Identifier: MIT
// The commands. Each `setup_x` binds the options of its command and has its `run_x` called once
// they are parsed; it touches no file.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/console.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {

/// Borrow `console` until the parsing is over. Running throws `Error` or `ClosedPipe`.
void setup_train(CLI::App& app, Console& console);
void setup_eval(CLI::App& app, Console& console);
void setup_predict(CLI::App& app, Console& console);
void setup_info(CLI::App& app, Console& console);
void setup_check(CLI::App& app, Console& console);
void setup_compare(CLI::App& app, Console& console);

/// The program with all its commands; parsing its words runs one of them. Borrows `console`.
std::unique_ptr<CLI::App> make_app(Console& console);

/// `what()`, and "; REMEDY" by the program's options where the error's code has one.
std::string message_with_remedy(const Error& error);

}  // namespace newsclf
