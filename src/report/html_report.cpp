// SPDX-License-Identifier: MIT
#include "newsclf/report/evaluation_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "newsclf/report/numbers.hpp"
#include "report/html/page.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kOpenMistakes = 3;
// Words that contribute less than this share of the largest contribution are not marked.
constexpr double kFaintest = 0.02;
// The text remains legible under the strongest mark.
constexpr double kStrongestMark = 0.55;

std::string mark(std::string_view text, double contribution, double strongest) {
  return fmt::format("<mark class=\"{}\" style=\"--strength:{:.2f}\" title=\"{:+.3f}\">{}</mark>",
                     contribution > 0 ? "favour" : "against",
                     kStrongestMark * std::min(1.0, std::abs(contribution) / strongest),
                     contribution, html_escaped(text));
}

std::string marked_text(const Mistake& mistake) {
  double strongest = 0;
  for (const MarkedWord& word : mistake.words)
    strongest = std::max(strongest, std::abs(word.value));
  const std::string_view text = mistake.text;
  std::string out = "<div class=\"text\" dir=\"auto\" tabindex=\"0\">";
  std::size_t end = 0;  // of the text written so far
  for (const auto& [place, value] : mistake.words) {
    if (value == 0 || std::abs(value) < kFaintest * strongest) continue;
    out += html_escaped(text.substr(end, place.begin - end));
    out += mark(text.substr(place.begin, place.end - place.begin), value, strongest);
    end = place.end;
  }
  out += html_escaped(text.substr(end));
  if (mistake.characters_left > 0)
    out += fmt::format("<span class=\"quiet\">… {} more</span>",
                       counted(static_cast<std::int64_t>(mistake.characters_left), "character"));
  return out + "</div>\n";
}

std::string spoken_tokens(std::string_view heading, const std::vector<SpokenToken>& tokens,
                          double strongest) {
  if (tokens.empty()) return {};
  std::string out = fmt::format("<p class=\"tokens\">{}: ", heading);
  for (const SpokenToken& token : tokens)
    out += fmt::format("<bdi>{}</bdi>{:+.2f} ", mark(token.token, token.contribution, strongest),
                       token.contribution);
  out.pop_back();
  return out + "</p>\n";
}

std::string mistake_details(const Mistake& mistake, bool open) {
  double strongest = 0;
  for (const auto* const tokens : {&mistake.in_favour, &mistake.against})
    for (const SpokenToken& token : *tokens)
      strongest = std::max(strongest, std::abs(static_cast<double>(token.contribution)));
  const std::string truth = mistake.probability_of_truth
                                ? percent(*mistake.probability_of_truth) + " %"
                                : "a label that the model does not know";
  const std::string predicted = html_escaped(mistake.predicted);
  std::string out = fmt::format(
      "<details class=\"mistake\"{}>\n<summary><b>{}</b> ({}) predicted as <b>{}</b> ({} %) "
      "<bdi class=\"id\">{}</bdi></summary>\n",
      open ? " open" : "", html_escaped(mistake.truth), truth, predicted,
      percent(mistake.probability), html_escaped(mistake.id));
  out += spoken_tokens("For " + predicted, mistake.in_favour, strongest);
  out += spoken_tokens("Against " + predicted, mistake.against, strongest);
  if (mistake.in_favour.empty() && mistake.against.empty())
    out += "<p class=\"quiet\">No token of this document affects the prediction.</p>\n";
  return out + marked_text(mistake) + "</details>\n";
}

std::string mistakes_section(std::span<const Mistake> mistakes) {
  if (mistakes.empty()) return {};
  std::string out = fmt::format(
      "<p class=\"quiet\">The {} with the highest predicted probability; the probabilities of the "
      "labels are in parentheses. <mark class=\"favour\" style=\"--strength:0.35\">Words like "
      "this</mark> contributed to the predicted label, <mark class=\"against\" "
      "style=\"--strength:0.35\">words like this</mark> against it; a stronger mark is a larger "
      "contribution to the logit (integrated gradients), shown under the pointer.</p>\n",
      mistakes.size() == 1 ? "mistake" : fmt::format("{} mistakes", mistakes.size()));
  for (std::size_t m = 0; m < mistakes.size(); ++m)
    out += mistake_details(mistakes[m], m < kOpenMistakes);
  return out;
}

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

}  // namespace

std::string html_report(const Evaluation& evaluation, const TrainingRecord& training,
                        std::span<const Mistake> mistakes, std::string_view title) {
  struct Section {
    std::string_view id, heading;
    std::string body;
  };
  const Section sections[] = {
      {"labels", "Labels", label_table(evaluation)},
      {"confusion", "Confusion matrix", heat_map(evaluation)},
      {"pairs", "Most confused pairs", confused_pairs_table(evaluation)},
      {"reliability", "Reliability",
       "<div class=\"charts\">\n" + reliability_diagram(evaluation) + "<div>\n" +
           reliability_table(evaluation) + "</div>\n</div>\n"},
      {"training", "Learning curve", training_section(training)},
      {"mistakes", "Worst mistakes", mistakes_section(mistakes)},
  };

  std::string links, body;
  for (const Section& section : sections) {
    if (section.body.empty()) continue;
    links += fmt::format("<a href=\"#{}\">{}</a>\n", section.id, section.heading);
    body += fmt::format(
        "<section id=\"{0}\" aria-labelledby=\"{0}-heading\">\n<h2 id=\"{0}-heading\">{1}</h2>\n{2}"
        "</section>\n",
        section.id, section.heading, section.body);
  }
  return html_page(title, fmt::format("<header>\n<h1>{}</h1>\n<nav aria-label=\"Sections\">\n{}"
                                      "</nav>\n{}</header>\n<main>\n{}</main>\n"
                                      "<footer class=\"quiet\">Written by newsclf {}</footer>\n",
                                      html_escaped(title), links, headline_figures(evaluation),
                                      body, NEWSCLF_VERSION));
}

}  // namespace newsclf
