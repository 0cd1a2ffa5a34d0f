// SPDX-License-Identifier: MIT
#include "support/support.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace newsclf::testing {
namespace {

namespace fs = std::filesystem;

std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// A lock that only one process can hold at a time.
class Lock {
 public:
  explicit Lock(const fs::path& file)
      : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    REQUIRE(fd_ >= 0);
    REQUIRE(::flock(fd_, LOCK_EX) == 0);
  }
  ~Lock() { ::close(fd_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int fd_;
};

}  // namespace

TempDir::TempDir() {
  std::string name = (fs::temp_directory_path() / "newsclf-test.XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TempDir::write(const std::string& name, std::string_view bytes) const {
  const fs::path path = path_ / name;
  fs::create_directories(path.parent_path());
  write_file(path.string(), bytes);
  return path.string();
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void write_file(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  REQUIRE(file.good());
}

std::vector<Document> corpus(std::initializer_list<std::pair<const char*, const char*>> documents) {
  std::vector<Document> result;
  for (const auto& [label, text] : documents)
    result.push_back({std::to_string(result.size()), label, text, false});
  return result;
}

Document post(std::string text) { return {"", "", std::move(text), true}; }

std::pair<Vectorizer, SparseRows> fit_vectorizer(std::span<const Document> documents,
                                                 const VectorizerOptions& options,
                                                 std::span<const std::int32_t> labels) {
  Workers one_thread(1);
  StoredDocuments stored(documents);
  StoredRows writer;
  Vectorizer vectorizer = newsclf::fit_vectorizer(stored, options, labels, one_thread, writer);
  return {std::move(vectorizer), std::move(writer.rows)};
}

SparseRows transform(const Vectorizer& vectorizer, std::span<const Document> documents) {
  Workers one_thread(1);
  return std::move(ParallelTransformer(vectorizer, one_thread).transform(documents));
}

std::vector<float> logits_of(const Ensemble& ensemble, const SparseRow& row) {
  SparseRows rows;
  rows.append(row);
  return native_logits(ensemble, rows);
}

Network only_network(const Ensemble& ensemble) {
  REQUIRE(ensemble.networks.size() == 1);
  return ensemble.networks.front();
}

Classifier tiny_classifier() {
  VectorizerOptions options;
  options.weighting = {Weighting::kCount, Norm::kNone, 1};
  TokenTable table;
  for (const char* token : {"moon", "orbit", "ball", "bat"}) table.insert(token);
  struct Weights {
    std::vector<float> hidden1 = {1, 0, 0.5f, 2, 0, 0, 0, 1, 0, 0, 2, 0.25f};
    std::vector<float> bias1 = {0, 0, -0.125f};
    std::vector<float> hidden2 = {1, 0, 1, 0, 1, 1};
    std::vector<float> bias2 = {0, 0};
    std::vector<float> output = {0, 1, 1, 0};
    std::vector<float> bias_out = {0.25f, 0};
  };
  const auto weights = std::make_shared<const Weights>();
  Classifier classifier;
  classifier.vectorizer = Vectorizer(options, Vocabulary(std::move(table)), {}, nullptr);
  classifier.labels = LabelSet({"baseball", "space"});
  classifier.ensemble =
      Network{{4, 3, 2, 2},   weights->hidden1, weights->bias1,    weights->hidden2,
              weights->bias2, weights->output,  weights->bias_out, weights};
  classifier.training.documents = 4;
  classifier.training.label_documents = {2, 2};
  classifier.training.options = {.hidden1 = 3,
                                 .hidden2 = 2,
                                 .members = 1,
                                 .inputs = {NetworkInput::kWords},
                                 .linear = LinearInput::kNone,
                                 .epochs = 1,
                                 .batch_size = 4,
                                 .lr = 0.001,
                                 .weight_decay = 0};
  classifier.training.best_epoch = 1;
  classifier.training.epochs = {{.epoch = 1, .loss = 0.5, .lr = 0.001}};
  return classifier;
}

Classifier tiny_ensemble() {
  struct Weights {
    std::vector<float> hidden1 = {1, 0, 0.5f, 0, 1, 0, 2, 0, 0,     0,    0, 2,
                                  0, 1, 0,    1, 0, 0, 0, 2, 0.25f, 0.5f, 0, 0.5f};
    std::vector<float> bias1 = {0, 0, -0.125f, 0, 0, -0.5f};
    std::vector<float> hidden2 = {1, 0, 1, 0, 1, 1, 0, 1, 0.5f, 1, 0, 1};
    std::vector<float> bias2 = {0, 0, 0.25f, 0};
    std::vector<float> output = {0, 1, 1, 0, 0.5f, 1, 2, 0};
    std::vector<float> bias_out = {0.25f, 0, 0, 0.5f};
  };
  const auto weights = std::make_shared<const Weights>();
  Classifier classifier = tiny_classifier();
  classifier.training.options.members = 2;
  classifier.ensemble =
      Network{{4, 3, 2, 2, 2}, weights->hidden1, weights->bias1,    weights->hidden2,
              weights->bias2,  weights->output,  weights->bias_out, weights};
  classifier.ensemble.temperature = 2;
  return classifier;
}

Classifier tiny_with_linear() {
  struct Weights {
    std::vector<float> weight = {-1, 1, 2, 0, 0.5f, -0.5f}, bias = {0, 0.25f};
  };
  const auto weights = std::make_shared<const Weights>();
  Classifier classifier = tiny_classifier();
  Network& network = classifier.ensemble.networks.emplace_back();
  network.shape = {3, 0, 0, 2};
  network.first_weight = weights->weight;
  network.first_bias = weights->bias;
  network.owner = weights;
  network.first_column = 1;
  classifier.ensemble.shares = {0.5, 0.5};
  return classifier;
}

Classifier tiny_of_all_kinds() {
  Classifier classifier = tiny_ensemble();
  const Vectorizer& plain = classifier.vectorizer;
  TokenTable table;
  for (const char* token : {" <moo", "moon", "ball", "ball bat"}) table.insert(token);
  VectorizerOptions options = plain.options();
  options.text.min_char_ngram = options.text.max_char_ngram = 4;
  options.text.max_long_ngram = 2;
  classifier.vectorizer = Vectorizer(options, Vocabulary(std::move(table)), {1, 2, 1}, {}, nullptr);
  Network one = tiny_classifier().ensemble.networks[0], two = classifier.ensemble.networks[0];
  one.shape.inputs = two.shape.inputs = 3;
  one.first_weight = one.first_weight.first(3 * 3);
  two.first_weight = two.first_weight.last(3 * 6);
  two.first_column = 1;
  Network linear = tiny_with_linear().ensemble.networks[1];
  linear.shape.inputs = 4;
  const auto weights =
      std::make_shared<const std::vector<float>>(std::vector<float>{-1, 1, 0, 1, 2, 0, 0.5f, -1});
  linear.first_weight = *weights;
  linear.first_bias = std::span(*weights).first(2);
  linear.owner = weights;
  linear.first_column = 0;
  classifier.ensemble.networks = {one, two, linear};
  classifier.ensemble.shares = {0.125, 0.25, 0.25, 0.375};
  classifier.training.options.members = 1;
  return classifier;
}

Outcome run_shell(const std::string& line, std::string_view input) {
  const TempDir folder;
  const std::string in = folder.write("in", input);
  ::setenv("NEWSCLF", NEWSCLF_BINARY, 1);
  // A separate shell, so that a pipeline in `line` returns the status of its last command.
  const std::string command = "sh -c " + quoted(line) + " < " + quoted(in) + " > " +
                              quoted(folder / "out") + " 2> " + quoted(folder / "err");
  const int raw = std::system(command.c_str());
  const int status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return {status, read_file(folder / "out"), read_file(folder / "err")};
}

Outcome run_newsclf(const std::vector<std::string>& arguments, std::string_view input) {
  std::string line = "exec \"$NEWSCLF\"";
  for (const std::string& argument : arguments) line += ' ' + quoted(argument);
  return run_shell(line, input);
}

std::string trained_model() {
  const fs::path binary = NEWSCLF_BINARY;
  const fs::path folder = binary.parent_path().parent_path() / "tests" / "trained_model";
  const std::vector<std::string> options = {"--epochs", "10", "--valid-fraction", "0.2"};
  std::string name;  // depends on the binary, the library and the options
  for (const fs::path& file : {binary, binary.parent_path() / "libnewsclf_training.so"})
    name += std::to_string(fs::file_size(file)) + '-' +
            std::to_string(fs::last_write_time(file).time_since_epoch().count()) + '-';
  for (const std::string& option : options) name += option;
  const fs::path model = folder / name, unfinished = folder / "unfinished";

  fs::create_directories(folder);
  const Lock lock(folder / "lock");  // each test is a separate process
  if (!fs::exists(model)) {
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().filename() != "lock") fs::remove(entry.path());
    std::vector<std::string> arguments = {"train", sample_data() + "/train", "-o",
                                          unfinished.string(), "-q"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    REQUIRE(run_newsclf(arguments).status == 0);
    fs::rename(unfinished, model);
  }
  return model.string();
}

std::string source_file(std::string_view name) {
  return NEWSCLF_SOURCE_DIR "/" + std::string(name);
}

std::string sample_data() { return source_file("data/sample"); }

void require_close(std::span<const float> actual, std::span<const float> expected,
                   double tolerance) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double error = std::abs(static_cast<double>(actual[i]) - expected[i]);
    if (error <= tolerance * std::max(1.0, std::abs(static_cast<double>(expected[i])))) continue;
    FAIL("element " << i << " is " << actual[i] << ", expected " << expected[i]);
  }
}

}  // namespace newsclf::testing
