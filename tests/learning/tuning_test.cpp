// SPDX-License-Identifier: MIT
#include "newsclf/learning/tuning.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "learning/fake_backend.hpp"
#include "learning/halving.hpp"
#include "learning/search_space.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// A score on 100 documents of a candidate that gains so many of them.
PairedScore gains(std::int64_t documents) { return {100, 50 + documents, documents, 0}; }

const auto kMore = [] { return true; };
const auto kNoMore = [] { return false; };
const auto kAny = [](std::size_t) { return true; };

/// Runs a step that must be `candidate` on `fold`.
void step(Halving& halving, std::size_t candidate, std::size_t fold,
          const std::optional<PairedScore>& score) {
  const auto next = halving.next(kMore);
  REQUIRE(next.has_value());
  CHECK(next->candidate == candidate);
  CHECK(next->fold == fold);
  halving.add(*next, score);
}

/// The texts differ, so that each document may be in another part.
std::vector<Document> distinct_documents(int count) {
  std::vector<Document> documents = documents_of(count);
  for (Document& document : documents) document.text += " own" + document.id;
  return documents;
}

LearningOptions uncalibrated() {
  LearningOptions options = small_options();
  options.validation.calibrate = false;
  return options;
}

struct Run {
  Tuning result;
  std::vector<Trial> trials;  ///< without their seconds
  std::vector<PairedScore> totals;
};

Run run(const std::vector<Document>& documents, const TuningOptions& tuning,
        const Backend& backend = FakeBackend(), const LearningOptions& options = uncalibrated()) {
  StoredDocuments stored(documents);
  Workers workers(1);
  Run out;
  const auto tried = [&](Trial trial, const PairedScore& total) {
    trial.seconds = 0;
    out.trials.push_back(std::move(trial));
    out.totals.push_back(total);
  };
  out.result = tune(stored, options, tuning, backend, workers, {{}, tried});
  return out;
}

}  // namespace

TEST_CASE("the standard error of a gain counts documents that one classifier labels correctly") {
  const PairedScore score = {100, 70, 9, 4};
  CHECK(score.accuracy() == Approx(0.7));
  CHECK(score.gain() == Approx(0.05));
  CHECK(score.standard_error() == Approx(std::sqrt((14.0 / 100 - 0.0025) / 100)));
  PairedScore sum = score;
  sum += {100, 50, 1, 0};
  CHECK(sum == PairedScore{200, 120, 10, 4});
  CHECK(PairedScore().accuracy() == 0);
  CHECK(PairedScore().gain() == 0);
  CHECK(PairedScore().standard_error() == 0);
}

TEST_CASE("the better half of the candidates is scored on the next fold") {
  Halving halving(3, false);
  step(halving, 0, 0, gains(0));
  step(halving, 1, 0, gains(1));
  step(halving, 2, 0, gains(5));  // better than candidate 1
  step(halving, 0, 1, gains(0));  // first the reference
  step(halving, 2, 1, gains(0));
  step(halving, 3, 0, gains(4));
  step(halving, 4, 0, gains(3));  // 2 and 3 are the better half of four
  step(halving, 3, 1, gains(6));  // 10 in two folds, candidate 2 has 5
  step(halving, 0, 2, gains(0));
  step(halving, 3, 2, gains(0));
  step(halving, 5, 0, std::nullopt);  // failed
  step(halving, 6, 0, gains(2));
  step(halving, 7, 0, gains(9));
  step(halving, 7, 1, std::nullopt);
  step(halving, 8, 0, gains(0));
  CHECK(halving.total(3) == PairedScore{300, 160, 10, 0});
  CHECK(halving.best(kAny) == 3);  // 7 has failed
  CHECK(halving.best([](std::size_t candidate) { return candidate != 3; }) == 2);
}

TEST_CASE("without new candidates all are scored on all folds, then the search ends") {
  Halving halving(2, false);
  for (std::size_t c = 0; c < 4; ++c) halving.add({c, 0}, gains(static_cast<std::int64_t>(c)));
  std::vector<Halving::Step> rest;
  while (const auto next = halving.next(kNoMore)) {
    rest.push_back(*next);
    halving.add(*next, gains(0));
  }
  CHECK(rest == std::vector<Halving::Step>{{0, 1}, {3, 1}, {2, 1}, {1, 1}});
}

TEST_CASE("a candidate that is better by less than one standard error is not chosen") {
  Halving halving(1, false);
  step(halving, 0, 0, gains(0));
  step(halving, 1, 0, gains(1));  // a single document
  CHECK(halving.best(kAny) == 0);
  step(halving, 2, 0, PairedScore{100, 55, 14, 9});  // 5 documents; the standard error is 4.9
  CHECK(halving.best(kAny) == 2);
  step(halving, 3, 0, PairedScore{100, 55, 16, 11});  // 5.3
  CHECK(halving.best(kAny) == 2);
  CHECK(halving.best([](std::size_t candidate) { return candidate == 3; }) == 0);
}

TEST_CASE("scores on the same documents are averaged and do not become surer") {
  Halving halving(2, true);
  step(halving, 0, 0, gains(0));
  step(halving, 1, 0, gains(3));
  step(halving, 2, 0, gains(0));
  step(halving, 0, 1, gains(0));
  step(halving, 1, 1, gains(5));
  CHECK(halving.total(1) == PairedScore{200, 108, 8, 0, 2});
  CHECK(halving.total(1).accuracy() == gains(4).accuracy());
  CHECK(halving.total(1).gain() == gains(4).gain());
  CHECK(halving.total(1).standard_error() == Approx(gains(4).standard_error()));
  halving.add({2, 1}, PairedScore{100, 53, 4, 1});
  CHECK(halving.total(2).gain() == Approx(0.015));
  CHECK(halving.total(2).standard_error() == Approx(std::sqrt((0.025 + 0.01 - 0.000225) / 100)));
}

TEST_CASE("a skipped candidate gets no step and is not the best until it is tried again") {
  Halving halving(2, false);
  step(halving, 0, 0, gains(0));
  halving.skip({1, 0});
  step(halving, 2, 0, gains(5));
  step(halving, 3, 0, gains(9));
  step(halving, 0, 1, gains(0));
  CHECK(halving.next(kMore) == Halving::Step{3, 1});
  halving.skip({3, 1});
  CHECK(halving.skipped() == 2);
  CHECK(halving.best(kAny) == 2);
  CHECK(halving.retry());
  CHECK(halving.best(kAny) == 3);
  step(halving, 1, 0, gains(1));
  step(halving, 3, 1, gains(9));
  CHECK_FALSE(halving.retry());
}

TEST_CASE("all candidates of a search space differ, and none changes a fixed option") {
  const std::vector<std::string> fixed = {"inputs", "lr", "hidden"};
  LearningOptions given = small_options();
  given.training.lr = 0.1;
  SearchSpace space(given, fixed, 1000, 2, false);
  for (int draw = 0; draw < 40; ++draw) REQUIRE(space.add(0));
  CHECK(space.values(0, 1000).empty());
  std::set<std::string> seen, options;
  for (std::size_t c = 0; c < space.size(); ++c) {
    std::string text;
    for (const auto& [option, value] : space.values(c, 1000)) {
      text.append(option).append("=").append(value).append(" ");
      options.insert(option);
    }
    CHECK(seen.insert(text).second);
    const LearningOptions trained = space.options(c, 1000);
    CHECK(trained.training.lr == 0.1);
    CHECK(trained.training.hidden1 == 4);
    CHECK(trained.training.inputs.empty());
  }
  CHECK(options.size() + fixed.size() == tunable_options().size());
}

TEST_CASE("candidates have multiples of the epochs, rate and decay of as many documents") {
  SearchSpace space(
      small_options(),
      std::vector<std::string>{"inputs", "linear", "char-ngrams", "min-df", "token-scale",
                               "nb-smoothing", "members", "hidden", "weight-decay"},
      10'000, 20, false);
  while (space.add(0)) continue;
  CHECK(space.size() == 5 * 5);
  for (const std::int64_t documents : {10'000, 2000}) {
    const TrainingOptions usual = resolve_options(TrainingOptions(), documents, 20);
    for (std::size_t c = 0; c < space.size(); ++c) {
      const TrainingOptions training = space.options(c, documents).training;
      const double rate = training.lr.value_or(*usual.lr) / *usual.lr;
      CHECK((rate == 1 || std::abs(rate - 0.5) < 0.03 || std::abs(rate - 0.7) < 0.03 ||
             std::abs(rate - 1.4) < 0.05 || std::abs(rate - 2) < 0.1));
      if (training.epochs != 0) CHECK(training.epochs != usual.epochs);
    }
  }
}

TEST_CASE("a search space of a few values is exhausted, and one without any is refused") {
  std::vector<std::string> fixed;
  for (const std::string_view name : tunable_options())
    if (name != "min-df") fixed.emplace_back(name);
  SearchSpace space(small_options(), fixed, 1000, 2, false);
  std::set<std::string> values;
  while (space.add(0)) values.insert(space.values(space.size() - 1, 1000).front().value);
  CHECK(values == std::set<std::string>{"2", "3", "5"});
  fixed.emplace_back("min-df");
  CHECK_THAT(error_of([&] { SearchSpace(small_options(), fixed, 1000, 2, false); }),
             Contains("all options that are chosen have fixed values"));
  CHECK_THAT(error_of([&] {
               SearchSpace(small_options(), std::vector<std::string>{"min-fd"}, 1000, 2, false);
             }),
             Contains("'min-fd' is not one of the options"));
}

TEST_CASE("no trial is scored on a document that is left out for the estimate") {
  const std::vector<Document> documents = distinct_documents(200);
  const FakeBackend backend;
  const Run search = run(documents, {.trials = 12, .folds = 4}, backend);
  REQUIRE(search.trials.size() == 12);
  // The networks of the fake backend are all zero and predict the first label, "even".
  CHECK(search.result.chosen.empty());
  CHECK(search.result.estimate == PairedScore{40, 20, 0, 0});
  CHECK(search.result.search.gain() == 0);
  std::set<std::int64_t> wrong;
  for (std::size_t t = 0; t < search.trials.size(); ++t) {
    const Trial& trial = search.trials[t];
    CHECK(trial.number == static_cast<std::int64_t>(t) + 1);
    CHECK(trial.documents + trial.score.documents == 160);
    CHECK(backend.calls[t].documents == trial.documents);
    CHECK(trial.failure.empty());
    for (const std::int64_t place : trial.wrong) {
      CHECK(place % 2 == 1);
      CHECK(wrong.insert(place).second);
    }
  }
  CHECK(wrong.size() == 60);  // in three of four folds of the 160 documents
  REQUIRE(backend.calls.size() == 14);
  CHECK(backend.calls[12].documents == 160);
  CHECK(backend.calls[13].documents == 200);
  CHECK(search.result.trials == 12);
}

TEST_CASE("with last documents, one half of them scores all trials and one the choice") {
  const std::vector<Document> documents = distinct_documents(120);
  LearningOptions options = uncalibrated();
  options.validation.last_documents = 40;
  const FakeBackend backend;
  const Run search = run(documents, {.trials = 8, .folds = 4}, backend, options);
  for (const Trial& trial : search.trials) {
    CHECK(trial.documents == 60);
    CHECK(trial.score.documents == 20);
    CHECK(std::ranges::all_of(trial.wrong, [](std::int64_t place) { return place >= 80; }));
  }
  for (const PairedScore& total : search.totals) CHECK(total.documents == 20 * total.times);
  CHECK(search.result.estimate.documents == 20);
  CHECK(backend.calls[8].documents == 100);
  CHECK(backend.calls[9].documents == 120);
  CHECK(backend.calls[9].held_out == 0);
}

TEST_CASE("a search goes on after earlier trials as if it had not been interrupted") {
  const std::vector<Document> documents = distinct_documents(100);
  const Run whole = run(documents, {.trials = 9});
  TuningOptions rest = {.trials = 9};
  rest.earlier.assign(whole.trials.begin(), whole.trials.begin() + 5);
  const FakeBackend backend;
  const Run resumed = run(documents, rest, backend);
  CHECK(resumed.trials == std::vector<Trial>(whole.trials.begin() + 5, whole.trials.end()));
  CHECK(backend.calls.size() == 4 + 2);
  CHECK(resumed.result.trials == 9);
  rest.earlier[2].options = {{"min-df", "77"}};
  const std::string refusal =
      "the log: trial 3 is not one that this search would make; use another log";
  rest.earlier_from = "the log";
  CHECK(error_of([&] { run(documents, rest); }) == refusal);
  rest.earlier[2] = whole.trials[2];
  rest.earlier[2].documents = 0;
  CHECK(error_of([&] { run(documents, rest); }) == refusal);
  rest.earlier[2] = whole.trials[2];
  rest.earlier[0].wrong.clear();
  CHECK_THAT(error_of([&] { run(documents, rest); }), Contains("the log: trial 1 is not one"));
}

TEST_CASE("a search that goes on tries candidates again for which there was no time") {
  const std::vector<Document> documents = distinct_documents(100);
  const Run whole = run(documents, {.trials = 3});
  Trial slow = whole.trials[1];
  slow.score = {};
  slow.is_too_slow = true;
  TuningOptions rest = {.trials = 3};
  rest.earlier = {whole.trials[0], slow};
  const Run resumed = run(documents, rest);
  REQUIRE(resumed.trials.size() == 2);  // the slow one does not count
  CHECK(resumed.trials[0].candidate == 1);
  CHECK(resumed.trials[0].retries);
  CHECK(resumed.trials[0].score == whole.trials[1].score);
  CHECK_FALSE(resumed.trials[1].retries);
  CHECK(resumed.result.trials == 3);
  CHECK(resumed.result.too_slow == 0);
  TuningOptions more = {.trials = 5};
  more.earlier = rest.earlier;
  more.earlier.insert(more.earlier.end(), resumed.trials.begin(), resumed.trials.end());
  CHECK(run(documents, more).trials.size() == 2);
}

TEST_CASE("a label that a trial would not know is refused before the search") {
  std::vector<Document> documents = distinct_documents(100);
  documents[7].label = "rare";
  const FakeBackend backend;
  CHECK_THAT(error_of([&] { run(documents, {.trials = 3}, backend); }),
             Contains("labels with a single document, subject or text: rare"));
  CHECK(backend.calls.empty());
}

TEST_CASE("a candidate that cannot be trained fails, but not the search") {
  // No word is in three documents or more.
  std::vector<Document> documents = distinct_documents(60);
  for (Document& document : documents) document.text = "own" + document.id + " other" + document.id;
  documents[0].text += " pair";
  documents[1].text += " pair";
  std::vector<std::string> fixed;
  for (const std::string_view name : tunable_options())
    if (name != "min-df") fixed.emplace_back(name);
  TuningOptions tuning = {.trials = 10};
  tuning.fixed = fixed;
  LearningOptions options = uncalibrated();
  options.training.linear = LinearInput::kNone;
  const Run search = run(documents, tuning, FakeBackend(), options);
  CHECK(std::ranges::any_of(search.trials, [](const Trial& trial) {
    return trial.candidate > 0 && !trial.failure.empty();
  }));
  CHECK(search.result.chosen.empty());
}

TEST_CASE("a search of limited time ends early enough for the estimate and the last training") {
  /// A training takes 5 ms.
  struct SlowBackend : FakeBackend {
    TrainingResult train(const TrainingData& data, const TrainingOptions& options,
                         const DeviceChoice& device, Workers& workers,
                         const TrainingObserver& observer, TrainingCheckpoints* checkpoints,
                         ProcessGroup* processes) const override {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      return FakeBackend::train(data, options, device, workers, observer, checkpoints, processes);
    }
  };
  const std::vector<Document> documents = distinct_documents(100);
  const auto begin = std::chrono::steady_clock::now();
  const Run search = run(documents, {.seconds = 0.5}, SlowBackend());
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  CHECK(search.result.trials > 1);
  CHECK(elapsed.count() < 1);
  const SlowBackend backend;
  CHECK(run(documents, {.seconds = 1e-6}, backend).result.trials == 1);
  CHECK(backend.calls.size() == 3);
}

TEST_CASE("a search without limit or without documents to hold out is refused") {
  CHECK(error_of([] { run(distinct_documents(100), {}); }) ==
        "tuning: there is no limit; set the number of trials or the time");
  CHECK_THAT(
      error_of([] { run(distinct_documents(2), {.trials = 3}); }),
      Contains("none of the 2 documents can be left out: ") && Contains("; use more documents"));
}
