// SPDX-License-Identifier: MIT
#include "newsclf/report/evaluation_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "newsclf/names/choice.hpp"
#include "newsclf/report/model_report.hpp"
#include "newsclf/report/numbers.hpp"
#include "report/html/mistakes.hpp"
#include "report/html/page.hpp"

namespace newsclf {
namespace {

/// The learning curve with a description; empty without a curve.
std::string training_section(const TrainingRecord& training) {
  const std::string curve = learning_curve(training);
  if (curve.empty()) return {};
  std::string out = fmt::format("<p class=\"quiet\">{} with {}, batch size {}, seed {}.",
                                counted(std::ssize(training.epochs), "epoch"),
                                name_of(kOptimizers, training.options.optimizer),
                                training.options.batch_size, training.options.seed);
  if (!training.validation_epochs.empty())
    out += fmt::format(
        " The curve shows the first training, with {} held out; the model was then trained on all "
        "{}.",
        counted(training.held_out, "document"), counted(training.documents, "document"));
  return out + "</p>\n<div class=\"charts\">\n" + curve + "</div>\n";
}

/// The settings of the training, as `info` prints them.
std::string settings_list(const ModelSummary& model) {
  std::string out = "<dl class=\"settings\">\n";
  std::string_view begin;
  for (const auto& [name, values] : describe_model(model)) {
    const std::string value = html_escaped(fmt::format("{}", fmt::join(values, ", ")));
    out += name.empty() ? "<br>" + value : fmt::format("{}<dt>{}</dt><dd>{}", begin, name, value);
    begin = "</dd>\n";
  }
  return out + "</dd>\n</dl>\n";
}

std::string footer(const Evaluation& evaluation, const EvaluatedModel& evaluated) {
  std::string data;
  for (const std::string& path : evaluated.data)
    data += (data.empty() ? "" : ", ") + html_breakable(path);
  return fmt::format(
      "<footer class=\"quiet\">\n<p>Written by newsclf {}.</p>\n"
      "<p>Model: {}, digest {}.</p>\n<p>Data: {}, {}.</p>\n"
      "<details>\n<summary>How the model was trained</summary>\n{}</details>\n</footer>\n",
      NEWSCLF_VERSION, html_breakable(evaluated.path), html_escaped(evaluated.model.digest), data,
      counted(evaluation.metrics.documents, "document"), settings_list(evaluated.model));
}

}  // namespace

std::string html_report(const Evaluation& evaluation, std::span<const Mistake> mistakes,
                        const EvaluatedModel& evaluated) {
  struct Section {
    std::string_view id, heading;
    std::string body;
  };
  const MistakeLinks links(mistakes);
  const Section sections[] = {
      {"labels", "Labels", label_table(evaluation)},
      {"confusion", "Confusion matrix", heat_map(evaluation, links)},
      {"pairs", "Most confused pairs", confused_pairs_table(evaluation, links)},
      {"reliability", "Reliability",
       "<div class=\"charts\">\n" + reliability_diagram(evaluation) + "<div>\n" +
           reliability_table(evaluation) + "</div>\n</div>\n"},
      {"coverage", "Coverage", coverage_section(evaluation)},
      {"thresholds", "Thresholds", threshold_section(evaluation)},
      {"training", "Learning curve", training_section(evaluated.model.training)},
      {"mistakes", "Worst mistakes",
       mistakes_section(mistakes, evaluation.metrics.documents - evaluation.matrix.correct())},
  };

  const std::string title = fmt::format("{} on {}", evaluated.path, short_list(evaluated.data));
  std::string parts, body;
  for (const Section& section : sections) {
    if (section.body.empty()) continue;
    parts += fmt::format("<a href=\"#{}\">{}</a>\n", section.id, section.heading);
    body += fmt::format(
        "<section id=\"{0}\" aria-labelledby=\"{0}-heading\">\n<h2 id=\"{0}-heading\">{1}</h2>\n{2}"
        "</section>\n",
        section.id, section.heading, section.body);
  }
  return html_page(title, fmt::format("<header>\n<h1>{}</h1>\n<nav aria-label=\"Sections\">\n{}"
                                      "</nav>\n{}</header>\n<main>\n{}</main>\n{}",
                                      html_escaped(title), parts, headline_figures(evaluation),
                                      body, footer(evaluation, evaluated)));
}

}  // namespace newsclf
