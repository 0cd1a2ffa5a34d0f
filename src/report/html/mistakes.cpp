// SPDX-License-Identifier: MIT
#include "report/html/mistakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "newsclf/report/numbers.hpp"
#include "report/html/page.hpp"
#include "report/text_table.hpp"

namespace newsclf {
namespace {

// Words that contribute less than this share of the largest contribution are not marked.
constexpr double kFaintest = 0.02;
// The text remains legible under the strongest mark.
constexpr double kStrongestMark = 0.55;

/// The anchor of the mistake with this index.
std::string anchor(std::size_t mistake) { return fmt::format("mistake-{}", mistake + 1); }

std::string link(std::size_t mistake, std::string_view content) {
  return fmt::format("<a href=\"#{}\">{}</a>", anchor(mistake), content);
}

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

/// "and 2 copies: a/7, b/9"
std::string copies_of(const Mistake& mistake) {
  if (mistake.copies.empty()) return {};
  return fmt::format(
      " <small>and {}: <bdi>{}</bdi></small>",
      mistake.copies.size() == 1 ? "1 copy" : fmt::format("{} copies", mistake.copies.size()),
      html_escaped(first_of(mistake.copies, kExamples, ", ")));
}

std::string mistake_article(const Mistake& mistake, std::size_t index) {
  double strongest = 0;
  for (const auto* const tokens : {&mistake.in_favour, &mistake.against})
    for (const SpokenToken& token : *tokens)
      strongest = std::max(strongest, std::abs(static_cast<double>(token.contribution)));
  const std::string truth = mistake.probability_of_truth
                                ? percent(*mistake.probability_of_truth) + " %"
                                : "a label that the model does not know";
  const std::string predicted = html_escaped(mistake.predicted);
  const std::string id =
      fmt::format("<bdi>{}</bdi>", mistake.id.empty() ? "(no id)" : html_escaped(mistake.id));
  std::string out = fmt::format(
      "<article class=\"mistake\" id=\"{0}\" aria-labelledby=\"{0}-heading\">\n"
      "<h3 id=\"{0}-heading\"><b>{1}</b> ({2}) predicted as <b>{3}</b> ({4} %) {5}{6}</h3>\n",
      anchor(index), html_escaped(mistake.truth), truth, predicted, percent(mistake.probability),
      link(index, id), copies_of(mistake));
  out += spoken_tokens("For " + predicted, mistake.in_favour, strongest);
  out += spoken_tokens("Against " + predicted, mistake.against, strongest);
  if (mistake.in_favour.empty() && mistake.against.empty())
    out += "<p class=\"quiet\">No token of this document affects the prediction.</p>\n";
  return out + marked_text(mistake) + "</article>\n";
}

}  // namespace

MistakeLinks::MistakeLinks(std::span<const Mistake> mistakes) {
  for (std::size_t m = 0; m < mistakes.size(); ++m) {
    const auto& [id, copies, truth, predicted] =
        std::tie(mistakes[m].id, mistakes[m].copies, mistakes[m].truth, mistakes[m].predicted);
    of_pairs_.try_emplace({truth, predicted}, m);
    of_documents_.try_emplace({truth, predicted, id}, m);
    for (const std::string& copy : copies) of_documents_.try_emplace({truth, predicted, copy}, m);
  }
}

std::string MistakeLinks::to_pair(std::string_view truth, std::string_view predicted,
                                  const std::string& content) const {
  const auto found = of_pairs_.find({truth, predicted});
  return found == of_pairs_.end() ? content : link(found->second, content);
}

std::string MistakeLinks::to_document(std::string_view truth, std::string_view predicted,
                                      std::string_view id, const std::string& content) const {
  const auto found = of_documents_.find({truth, predicted, id});
  return found == of_documents_.end() ? content : link(found->second, content);
}

std::string mistakes_section(std::span<const Mistake> mistakes, std::int64_t all) {
  if (mistakes.empty()) return {};
  std::int64_t shown = std::ssize(mistakes);
  for (const Mistake& mistake : mistakes) shown += std::ssize(mistake.copies);
  std::string out = fmt::format(
      "<p class=\"quiet\">{}, the most confident first and those with the same labels together; "
      "the probabilities of the labels are in parentheses. The link of an id shows the text in "
      "full "
      "length. <mark class=\"favour\" style=\"--strength:0.35\">Words like this</mark> contributed "
      "to the predicted label, <mark class=\"against\" style=\"--strength:0.35\">words like "
      "this</mark> against it; a stronger mark is a larger contribution to the logit (integrated "
      "gradients), shown under the pointer.</p>\n",
      shown == all ? fmt::format("All mistakes ({})", with_commas(all))
                   : fmt::format("{} of {}: the most confident one of the most confused pairs of "
                                 "labels, and the most confident others",
                                 with_commas(shown), counted(all, "mistake")));
  for (std::size_t m = 0; m < mistakes.size(); ++m) out += mistake_article(mistakes[m], m);
  return out;
}

}  // namespace newsclf
