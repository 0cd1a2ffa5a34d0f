// SPDX-License-Identifier: MIT
#include "newsclf/report/evaluation_report.hpp"
#include "newsclf/report/numbers.hpp"

#include <cmath>
#include <set>

#include "report/html/page.hpp"
#include "report/judged.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// 5 documents: baseball 1 of 2 right, space 2 of 2 right, and one with an unknown label.
Evaluation example(const std::string& first = "baseball", const std::string& id = "ball/2",
                   float temperature = 1) {
  ReadCounts counts;
  counts.read = 5;
  counts.empty = 2;
  counts.repaired = 3;
  return evaluate(
      LabelSet({first, "space"}),
      {judged("ball/1", 0, {0.9, 0.1}, temperature), judged(id, 0, {0.2, 0.8}, temperature),
       judged("space/1", 1, {0.1, 0.9}, temperature), judged("space/2", 1, {0.1, 0.9}, temperature),
       judged("art/1", LabelSet::kUnknown, {0.4, 0.6}, temperature)},
      temperature, counts);
}

Mistake mistake() {
  return {.id = "ball/2",
          .truth = "baseball",
          .predicted = "space",
          .probability = 0.8,
          .probability_of_truth = 0.2,
          .text = "The moon & a bat",
          .characters_left = 1234,
          .words = {{{4, 8}, 2.0}, {{11, 12}, 0.001}, {{13, 16}, -1.0}},
          .in_favour = {{"moon", 2.0f}},
          .against = {{"bat", -1.0f}}};
}

TrainingRecord training(std::vector<EpochRecord> epochs) {
  TrainingRecord record;
  record.options = {.optimizer = OptimizerKind::kAdam, .batch_size = 32, .seed = 7};
  record.documents = 1000;
  record.epochs = std::move(epochs);
  return record;
}

// As a default argument, `{}` makes GCC 12 warn of uninitialized values.
const TrainingRecord kNoRecord;

EvaluatedModel evaluated(const TrainingRecord& record = kNoRecord) {
  ModelSummary model = summarize(tiny_classifier());
  model.digest = "0123abcd";
  model.training = record;
  return {"model", model, {"data", "more/data"}};
}

std::string report(const Evaluation& evaluation, const std::vector<Mistake>& mistakes = {},
                   const TrainingRecord& record = kNoRecord) {
  return html_report(evaluation, mistakes, evaluated(record));
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

/// Checks that all elements are nested correctly; returns their names.
std::set<std::string> check_nesting(const std::string& html) {
  const std::set<std::string> empty = {"!DOCTYPE", "meta", "br", "wbr", "line", "polyline"};
  std::set<std::string> names;
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find('>', at);
    REQUIRE(end != std::string::npos);
    const bool closes = html[at + 1] == '/';
    const std::size_t begin = at + 1 + closes;
    const std::string name = html.substr(begin, html.find_first_of(" />\n", begin) - begin);
    if (closes) {
      CAPTURE(name, html.substr(at, 100));
      REQUIRE(!open.empty());
      REQUIRE(open.back() == name);
      open.pop_back();
    } else {
      names.insert(name);
      if (!empty.contains(name) && html[end - 1] != '/') open.push_back(name);
    }
  }
  CHECK(open.empty());
  return names;
}

}  // namespace

TEST_CASE("the page shows the metrics of the evaluation with their names") {
  const std::string html = report(example());
  // 3 of 5; F1 2/3 for both labels; weighted 4/5 of that; micro equals the accuracy.
  CHECK_THAT(html, Contains("<dt>Accuracy</dt><dd>60.00 % <small>95 % interval 23.07 to 88.24 %<br>"
                            "3 of 5 documents correct</small>"));
  CHECK_THAT(html, Contains("<dt>Macro F1</dt><dd>66.67 % "));
  CHECK_THAT(html, Contains("<dt>Micro F1</dt><dd>60.00 % "));
  CHECK_THAT(html, Contains("<dt>Weighted F1</dt><dd>53.33 % "));
  // (-3 ln 0.9 - ln 0.2) / 4
  CHECK_THAT(html, Contains("<dt>Log loss</dt><dd>0.4814 "));
  // (|3 (1 - 0.9)| + 0.8 + 0.6) / 5
  CHECK_THAT(html, Contains("<dt>Calibration error</dt><dd>34.00 % "));
  CHECK_THAT(html, Contains("<dt>Documents</dt><dd>5 <small>1 with unknown labels, counted as wrong"
                            "<br>2 empty<br>3 not UTF-8, repaired<br>2 labels</small>"));
  CHECK_THAT(html, Contains("<title>model on data, more/data</title>") &&
                       Contains("<h1>model on data, more/data</h1>"));
}

TEST_CASE("the page has one row per label, with bars proportional to the scores") {
  const std::string html = report(example());
  CHECK_THAT(html, Contains("<tr><th scope=\"row\">baseball</th>"
                            "<td class=\"bar\"><span style=\"--share:100.00%\">100.00</span></td>"
                            "<td class=\"bar\"><span style=\"--share:50.00%\">50.00</span></td>"
                            "<td class=\"bar\"><span style=\"--share:66.67%\">66.67</span></td>"
                            "<td class=\"n\">2</td></tr>"));
  CHECK_THAT(html, Contains("<th scope=\"row\">space</th>"
                            "<td class=\"bar\"><span style=\"--share:50.00%\">50.00</span></td>"
                            "<td class=\"bar\"><span style=\"--share:100.00%\">100.00</span>"));
  CHECK_THAT(html, Contains("macro average") && Contains("micro average"));
}

TEST_CASE("the labels are sorted by F1, lowest first, and labels without documents are last") {
  // F1 of a: 2/3, of b: 0 with 1 document, of c: 0 with 2 documents; d has none.
  const std::string html =
      report(evaluate(LabelSet({"a", "b", "c", "d"}),
                      {judged("1", 0, {0.9, 0.1, 0, 0}), judged("2", 1, {0.9, 0.1, 0, 0}),
                       judged("3", 2, {0.1, 0.9, 0, 0}), judged("4", 2, {0.1, 0.1, 0, 0.8})},
                      1, {}));
  const std::size_t table = html.find("<table class=\"list bars\">");
  std::string order;
  for (std::size_t at = table; (at = html.find("<th scope=\"row\">", at)) < html.find("<tfoot>");)
    order += html[at += std::string_view("<th scope=\"row\">").size()];
  CHECK(order == "cbad");
}

TEST_CASE("the heat map shades a count by its share of the row") {
  const std::string html = report(example());
  CHECK_THAT(html,
             Contains("<tr><th scope=\"row\" title=\"baseball\">baseball</th>"
                      "<td class=\"h5 right\" title=\"baseball predicted as baseball: 1 of 2, "
                      "50.00 %\">1<small>50.00 %</small></td>"
                      "<td class=\"h5\" title=\"baseball predicted as space: 1 of 2, 50.00 %\">"
                      "1<small>50.00 %</small></td></tr>"));
  CHECK_THAT(html, Contains("<td class=\"none\">·</td>"
                            "<td class=\"h9 right\" title=\"space predicted as space: 2 of 2, "
                            "100.00 %\">2<small>100.00 %</small></td></tr>"));
}

TEST_CASE("the heat map of up to 6 labels has large cells with percentages") {
  const auto map_of = [](std::vector<std::string> names) {
    std::vector<double> probabilities(names.size(), 0.01);
    probabilities[0] = 0.5;
    return report(evaluate(LabelSet(std::move(names)), {judged("d", 1, probabilities)}, 1, {}));
  };
  CHECK_THAT(
      map_of({"a", "b", "c", "d", "e", "f"}),
      Contains("<table class=\"heat large\">") && Contains(">1<small>100.00 %</small></td>"));
  CHECK_THAT(map_of({"a", "b", "c", "d", "e", "f", "g"}),
             Contains("<table class=\"heat\">") && Contains("100.00 %\">1</td>"));
}

TEST_CASE("counts and ids link to the mistakes that are shown, others do not link") {
  std::vector<Mistake> mistakes = {mistake(), mistake(), mistake()};
  mistakes[1].id = "ball/9";
  mistakes[1].copies = {"ball/3"};
  mistakes[2].truth = "hockey";
  const std::vector<double> to_space = {0.2, 0.8}, to_baseball = {0.9, 0.1};
  const Evaluation evaluation =
      evaluate(LabelSet({"baseball", "space"}),
               {judged("ball/1", 0, {0.1, 0.9}), judged("ball/2", 0, to_space),
                judged("ball/3", 0, to_space), judged("ball/2", 1, to_baseball)},
               1, {});
  const std::string html = report(evaluation, mistakes);
  CHECK_THAT(html, Contains("baseball predicted as space: 3 of 3, 100.00 %\">"
                            "<a href=\"#mistake-1\">3<small>100.00 %</small></a></td>"));
  CHECK_THAT(html, Contains("space predicted as baseball: 1 of 1, 100.00 %\">"
                            "1<small>100.00 %</small></td>"));
  CHECK_THAT(html, Contains("<td class=\"ids quiet\">ball/<wbr>1, "
                            "<a href=\"#mistake-1\">ball/<wbr>2</a>, "
                            "<a href=\"#mistake-2\">ball/<wbr>3</a></td>"));
  CHECK_THAT(html, Contains("<td class=\"ids quiet\">ball/<wbr>2</td>"));
  // Each link has a target, and each mistake a link to itself.
  for (int m = 1; m <= 3; ++m) {
    const std::string anchor = "mistake-" + std::to_string(m);
    CHECK(count_of(html, "<article class=\"mistake\" id=\"" + anchor + "\"") == 1);
    CHECK_THAT(html, Contains("<a href=\"#" + anchor + "\"><bdi>ball/"));
  }
  CHECK(count_of(html, "href=\"#mistake-") == 3 + 3);
  CHECK_THAT(report(evaluation), !Contains("#mistake"));
}

TEST_CASE("a mistake shows the ids of its copies") {
  Mistake copied = mistake();
  copied.copies = {"a<b"};
  CHECK_THAT(report(example(), {copied}),
             Contains("</a> <small>and 1 copy: <bdi>a&lt;b</bdi></small></h3>"));
  copied.copies = {"a", "b", "c", "d"};
  CHECK_THAT(report(example(), {copied}), Contains("<small>and 4 copies: <bdi>a, b, c, …</bdi>"));
}

TEST_CASE("the coverage curve shows the accuracy of the documents with the highest confidence") {
  const std::string html = report(example());
  // Confidence and whether right: 0.9 three times right, 0.8 wrong, 0.6 wrong.
  CHECK_THAT(html, Contains("Of the 100.00 % of the documents with the highest confidence, 60.00 % "
                            "are labelled correctly; of all documents, 60.00 %."));
  CHECK_THAT(html, Contains("<tr><th scope=\"row\" class=\"n\">100.00 %</th><td class=\"n\">5</td>"
                            "<td class=\"n\">60.00 %</td><td class=\"n\">0.6000</td></tr>\n"
                            "<tr><th scope=\"row\" class=\"n\">80.00 %</th><td class=\"n\">4</td>"
                            "<td class=\"n\">75.00 %</td><td class=\"n\">0.8000</td></tr>\n"
                            "<tr><th scope=\"row\" class=\"n\">60.00 %</th><td class=\"n\">3</td>"
                            "<td class=\"n\">100.00 %</td><td class=\"n\">0.9000</td></tr>\n"
                            "</tbody>"));
  // x: coverages of 0 to 100 % map to 44 to 390; y: accuracies of 60 to 100 % to 190 to 10.
  CHECK_THAT(html, Contains("<polyline class=\"line learnt\" points=\"251.6,10.0 251.6,10.0 "));
  CHECK_THAT(html, Contains(" 320.8,122.5 390.0,190.0 "));
  CHECK_THAT(html, Contains("<title>coverage 80.00 %: accuracy 75.00 %, threshold 0.8000</title>"));
  CHECK_THAT(html,
             Contains("aria-label=\"Accuracy from 60.00 % at coverage 100.00 % to 100.00 % at "
                      "coverage 60.00 %\""));
}

TEST_CASE("each label has a chart of precision and recall against the threshold") {
  const std::string html = report(example());
  // Predicted as space: 0.9 twice right, 0.8 and 0.6 wrong; as baseball: 0.9 right, of 2 documents.
  CHECK_THAT(html, Contains("<p>space</p>\n<svg viewBox=\"0 0 176 126\" role=\"img\" aria-label=\""
                            "space: threshold 0: precision 50.00 %, recall 100.00 %; "
                            "threshold 0.5: precision 50.00 %, recall 100.00 %; "
                            "threshold 0.9: no predictions\">"));
  CHECK_THAT(html,
             Contains("aria-label=\"baseball: threshold 0: precision 100.00 %, recall 50.00 %;"));
  // x: thresholds of 0 to 1 map to 26 to 170; y: 0 to 100 % to 106 to 6. The
  // confidence 0.9 is a float, below 0.9.
  CHECK_THAT(html, Contains("<polyline class=\"line learnt\" points=\"26.0,56.0 "));
  CHECK_THAT(html, Contains(" 152.7,6.0\"/>\n<polyline class=\"line held\" points=\"26.0,6.0 "));
  CHECK_THAT(html, Contains(" 152.7,6.0 155.6,106.0 "));
}

TEST_CASE("the charts of thresholds are those of the labels with documents and the lowest F1") {
  std::vector<std::string> names;
  std::vector<JudgedDocument> documents;
  for (std::int32_t l = 0; l < 25; ++l) {
    names.push_back("label" + std::to_string(100 + l));
    std::vector<double> probabilities(25, 0.01);
    probabilities[l < 10 ? 24U : static_cast<std::size_t>(l)] = 0.76;
    if (l < 24) documents.push_back(judged("d", l, probabilities));
  }
  const std::string html = report(evaluate(LabelSet(names), std::move(documents), 1, {}));
  CHECK_THAT(html, Contains("Shows the 20 of 24 labels with the lowest F1."));
  CHECK(count_of(html, "viewBox=\"0 0 176 126\"") == 20);
  CHECK_THAT(html, Contains("aria-label=\"label100: threshold 0: no predictions; ") &&
                       !Contains("<p>label124</p>"));
}

TEST_CASE("for many labels the heat map shows those with the most mistakes") {
  std::vector<std::string> names;
  for (int l = 100; l < 170; ++l) names.push_back("label" + std::to_string(l));
  std::vector<JudgedDocument> documents;
  std::vector<double> probabilities(70, 0.001);
  probabilities[69] = 0.9;
  for (std::int32_t l = 10; l < 70; ++l) documents.push_back(judged("d", l, probabilities));
  const std::string html = report(evaluate(LabelSet(names), std::move(documents), 1, {}));
  CHECK_THAT(html, Contains("Shows the 60 of 70 labels with the most mistakes."));
  CHECK(count_of(html, "<tr><th scope=\"row\" title=") == 60);
  CHECK_THAT(html, !Contains("title=\"label109\"") && Contains("title=\"label110\"") &&
                       Contains("title=\"label169\""));
}

TEST_CASE("the page lists the confused pairs and their most confident documents") {
  CHECK_THAT(
      report(example()),
      Contains(
          "<tr><td class=\"n\">1</td><td class=\"n\">50.00</td><td class=\"label\">baseball</td>"
          "<td class=\"label\">space</td><td class=\"ids quiet\">ball/<wbr>2</td></tr>"));
}

TEST_CASE("the reliability diagram has the diagonal, and a bar and a count per non-empty bin") {
  const std::string html = report(example());
  // 0.6, 0.8 and three times 0.9
  CHECK(count_of(html, "<rect class=\"bar\"") == 3);
  CHECK(count_of(html, "<rect class=\"count\"") == 3);
  CHECK(count_of(html, "<line class=\"mean\"") == 3);
  CHECK(count_of(html, "<line class=\"diagonal\"") == 1);
  CHECK_THAT(html, Contains("<title>86.67 to 93.33 %: 3 documents, mean probability 90.00 %, "
                            "accuracy 100.00 %</title>"));
  // The full height is 290, from 10 to 300.
  CHECK_THAT(html, Contains("y=\"10.0\" width=\"21.1\" height=\"290.0\"><title>86.67"));
  CHECK_THAT(html, Contains("aria-label=\"Reliability diagram of 5 documents in 15 probability "
                            "bins; calibration error 34.00 %\""));
  CHECK_THAT(html, !Contains("class=\"before\"") && !Contains("Before calibration"));
}

TEST_CASE("the page of a calibrated model also shows uncalibrated values") {
  const std::string html = report(example("baseball", "ball/2", 2));
  CHECK_THAT(html, Contains("temperature 2.00</small>"));
  // 9/13 in one bin, 16/17 and 81/82 in another
  CHECK(count_of(html, "<circle class=\"before\"") == 2);
  CHECK_THAT(html, Contains("colspan=\"3\">Before calibration</th>"));
}

TEST_CASE("the learning curve has a line for each metric of the epochs") {
  const TrainingRecord with_valid =
      training({{1, 2.0, 0.01, 1.5, 0.25}, {2, 1.0, 0.01, 1.0, 0.75}, {3, 0.5, 0.01, 1.25, 0.5}});
  const std::string html = report(example(), {}, with_valid);
  // y: 0 to 2 nats map to 190 to 10; x: epochs 1 to 3 map to 52 to 382.
  CHECK_THAT(html, Contains("<polyline class=\"line learnt\" points=\"52.0,10.0 217.0,100.0 "
                            "382.0,145.0\"/>"));
  CHECK_THAT(html, Contains("<polyline class=\"line held\" points=\"52.0,55.0 217.0,100.0 "
                            "382.0,77.5\"/>"));
  // y: 20 to 80 % map to the same range.
  CHECK_THAT(html, Contains("<polyline class=\"line held\" points=\"52.0,175.0 217.0,25.0 "
                            "382.0,100.0\"/>"));
  CHECK_THAT(html, Contains("aria-label=\"Training loss from 2.0000 to 0.5000 in 3 epochs\""));
  CHECK_THAT(html, Contains("3 epochs with adam, batch size 32, seed 7."));
}

TEST_CASE("the curve shows only the loss without held-out documents, nothing without epochs") {
  const std::string html = report(example(), {}, training({{1, 2.0, 0.01, {}, {}}}));
  const std::size_t begin = html.find("<section id=\"training\"");
  const std::string loss = html.substr(begin, html.find("</main>") - begin);
  CHECK(count_of(loss, "<polyline") == 1);
  CHECK_THAT(loss, Contains("in 1 epoch\"") && !Contains("held-out documents"));
  CHECK_THAT(report(example()), !Contains("Learning curve"));
}

TEST_CASE("the curve of a refitted model is that of the training with held-out documents") {
  TrainingRecord record = training({{1, 9.0, 0.01, {}, {}}});
  record.held_out = 100;
  record.validation_epochs = {{1, 2.0, 0.01, 1.5, 0.25}, {2, 1.0, 0.01, 1.0, 0.75}};
  const std::string html = report(example(), {}, record);
  CHECK_THAT(html, Contains("with 100 documents held out; the model was then trained on all "
                            "1,000 documents."));
  CHECK_THAT(html, Contains("loss from 2.0000 to 1.0000 in 2 epochs"));
}

TEST_CASE("the words of a mistake are marked with their contributions") {
  const std::string html = report(example(), {mistake()});
  CHECK_THAT(html,
             Contains("<h3 id=\"mistake-1-heading\"><b>baseball</b> (20.00 %) predicted as "
                      "<b>space</b> (80.00 %) <a href=\"#mistake-1\"><bdi>ball/2</bdi></a></h3>"));
  CHECK_THAT(html,
             Contains("tabindex=\"0\">The <mark class=\"favour\" style=\"--strength:0.55\" "
                      "title=\"+2.000\">moon</mark> &amp; a <mark class=\"against\" "
                      "style=\"--strength:0.28\" title=\"-1.000\">bat</mark><span class=\"quiet\">"
                      "… 1,234 characters more</span></div>"));
  CHECK_THAT(html, Contains("For space: <bdi><mark class=\"favour\"") &&
                       Contains(">moon</mark></bdi>+2.00</p>"));
  CHECK_THAT(html, Contains("Against space: <bdi><mark class=\"against\"") &&
                       Contains(">bat</mark></bdi>-1.00</p>"));
  CHECK_THAT(report(example()), !Contains("Worst mistakes"));
}

TEST_CASE("the page shows if a mistake has an unknown label or no known token") {
  Mistake unknown = mistake();
  unknown.probability_of_truth = std::nullopt;
  unknown.words = {};
  unknown.in_favour = {};
  unknown.against = {};
  const std::string html = report(example(), {unknown});
  CHECK_THAT(html, Contains("(a label that the model does not know) predicted as"));
  CHECK_THAT(html, Contains("No token of this document affects the prediction."));
  CHECK_THAT(html, Contains("tabindex=\"0\">The moon &amp; a bat<span"));
}

TEST_CASE("text from the data never becomes markup of the page") {
  const std::string hostile =
      "</title></style><script>alert(1)</script>\"'&amp;<img src=x onerror=y>\x01\x7f\xff\u2028"
      "\u202e\r\n{}%s";
  Mistake of_hostile = mistake();
  of_hostile.id = of_hostile.truth = of_hostile.predicted = hostile;
  of_hostile.text = hostile;
  of_hostile.words = {{{9, 16}, 1.0}};  // style><
  of_hostile.in_favour = {{hostile, 1.0f}};
  of_hostile.copies = {hostile};
  EvaluatedModel model = evaluated(training({{1, 2.0, 0.01, 1.5, 0.25}}));
  model.path = model.model.digest = model.model.training.libtorch_version = hostile;
  model.model.columns.label = hostile;
  model.data = {hostile};
  const std::string html =
      html_report(example(hostile, hostile), std::vector<Mistake>{of_hostile}, model);
  const auto names = check_nesting(html);
  CHECK_FALSE(names.contains("script"));
  CHECK_FALSE(names.contains("img"));
  CHECK(count_of(html, "</title>") == 1 + count_of(html, "</title></"));
  CHECK(count_of(html, "</style>") == 1);
  // Quotes cannot end an attribute, and an ampersand from the data cannot begin an entity.
  CHECK(count_of(html, "\"'") == 0);
  CHECK_THAT(html, Contains("&quot;&#39;&amp;amp;&lt;img src=x onerror=y&gt;"));
  for (const char* const bytes : {"\x01", "\x7f", "\xff", "\u2028", "\u202e", "\r"})
    CHECK(count_of(html, bytes) == 0);
  CHECK_THAT(html, Contains("{}%s"));
}

TEST_CASE("escaping covers markup and makes invisible characters visible") {
  CHECK(html_escaped("a<b>&\"c\"'d'\n\te") == "a&lt;b&gt;&amp;&quot;c&quot;&#39;d&#39;\n\te");
  CHECK(html_escaped(std::string_view("\0\x1b\x7f", 3)) == "\u2400\u241b\u2421");
  CHECK(html_escaped("one\r\ntwo\rthree") == "one\ntwo\u240dthree");
  CHECK(html_escaped("\u0085\u2028\u2029\u202e\u2066\ufffe\xff") ==
        "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd");
  CHECK(html_escaped("Größe 東京 🚀 \u200e") == "Größe 東京 🚀 \u200e");
  CHECK(html_breakable("a.b/c_<") == "a.<wbr>b/<wbr>c_<wbr>&lt;");
}

TEST_CASE("numbers are grouped by thousands") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1000) == "1,000");
  CHECK(with_commas(-1234567) == "-1,234,567");
  CHECK(with_commas(-123) == "-123");
  CHECK(counted(1, "label") == "1 label");
  CHECK(counted(1774, "label") == "1,774 labels");
}

TEST_CASE("the page is self-contained and loads nothing") {
  const std::string html =
      report(example(), {mistake()}, training({{1, 2.0, 0.01, 1.5, 0.25}, {2, 1, 0.01, 1.2, 0.5}}));
  CHECK(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">\n"));
  const auto names = check_nesting(html);
  for (const char* const name : {"script", "link", "img", "iframe", "object"})
    CHECK_FALSE(names.contains(name));
  for (const char* const asking : {"src=", "url(", "@import", "http:", "https:"})
    CHECK(count_of(html, asking) == 0);
  CHECK_THAT(html, Contains("<meta name=\"viewport\"") && Contains("prefers-color-scheme: dark"));
  CHECK(count_of(html, "<svg viewBox") ==
        count_of(html, "role=\"img\" aria-label=") + count_of(html, "aria-hidden=\"true\""));
}

TEST_CASE("the footer names the model, the data and the settings of the training") {
  const std::string html = report(example(), {}, training({}));
  CHECK_THAT(html, Contains("<p>Written by newsclf " NEWSCLF_VERSION ".</p>\n"
                            "<p>Model: model, digest 0123abcd.</p>\n"
                            "<p>Data: data, more/<wbr>data, 5 documents.</p>"));
  CHECK_THAT(html, Contains("<dt>vocabulary</dt><dd>4 tokens<br>min df "));
  CHECK_THAT(html, Contains("<dt>network</dt><dd>1 x 4 - 3 - 2 - 2, weights: f32</dd>\n<dt>data</dt>"));
  CHECK_THAT(html, Contains("<dt>training</dt><dd>preset default, ") &&
                       Contains(", seed 7<br>class weight none, LibTorch </dd>"));
}

TEST_CASE("the title names at most 10 paths of data, the footer all") {
  EvaluatedModel model = evaluated();
  model.data.clear();
  for (int i = 10; i < 22; ++i) model.data.push_back("part" + std::to_string(i));
  const std::string html = html_report(example(), {}, model);
  CHECK_THAT(html, Contains("part19 and 2 more</h1>"));
  CHECK_THAT(html, Contains("part19, part20, part21, 5 documents."));
}

TEST_CASE("the same evaluation gives the same page") {
  CHECK(report(example(), {mistake()}) == report(example(), {mistake()}));
}
