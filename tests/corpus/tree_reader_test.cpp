// SPDX-License-Identifier: MIT
#include "corpus/tree_reader.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "corpus/read_options.hpp"
#include "io/descriptor.hpp"
#include "support/failing_calls.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

namespace fs = std::filesystem;

/// The corpus that `read_corpus` reads from folders.
Corpus read_trees(const Words& roots, const ReadOptions& options = {}, int threads = 1) {
  Workers workers(threads);
  return read_corpus(roots, options, workers).corpus;
}

Corpus read(const TempDir& root, const ReadOptions& options = {}) {
  return read_trees({root.path().string()}, options);
}

/// Drops superuser rights, which would allow reading every file, for the lifetime of the object.
class Unprivileged {
 public:
  Unprivileged() : was_root_(::geteuid() == 0) {
    if (was_root_) dropped_ = ::seteuid(65534) == 0;
  }
  ~Unprivileged() {
    if (was_root_ && dropped_) CHECK(::seteuid(0) == 0);
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

  explicit operator bool() const { return dropped_; }

 private:
  bool was_root_;
  bool dropped_ = true;
};

}  // namespace

TEST_CASE("a folder is a label, and a file in it is a document") {
  const TempDir root;
  root.write("space/1", "moon orbit\n");
  root.write("baseball/7.txt", "ball");
  const Corpus corpus = read(root);
  REQUIRE(corpus.documents.size() == 2);
  CHECK(corpus.documents[0].id == "baseball/7.txt");
  CHECK(corpus.documents[0].label == "baseball");
  CHECK(corpus.documents[0].text == "ball");
  CHECK(corpus.documents[0].may_be_post);
  CHECK(corpus.documents[1].id == "space/1");
  CHECK(corpus.documents[1].label == "space");
  CHECK(corpus.documents[1].text == "moon orbit\n");
  CHECK(corpus.documents[1].may_be_post);
}

TEST_CASE("documents and bytes are counted, and all other counts are 0") {
  const TempDir root;
  root.write("space/1", "moon orbit\n");
  root.write("baseball/7.txt", "ball");
  const ReadCounts counts = read(root).counts;
  CHECK(counts.read == 2);
  CHECK(counts.bytes == 15);
  CHECK(counts.empty == 0);
  CHECK(counts.repaired == 0);
  CHECK(counts.outside == 0);
  CHECK(counts.hidden == 0);
  CHECK(counts.not_regular == 0);
  CHECK(counts.links.empty());
  CHECK(counts.unreadable.empty());
}

TEST_CASE("documents are read in byte order of their names") {
  const TempDir root;
  for (const char* name : {"b/é", "b/10", "a/z", "b/2", "b/B", "b/a", "C/1", "b/1", "b/-"})
    root.write(name, "text");
  CHECK(ids_of(read(root)) ==
        Words{"C/1", "a/z", "b/-", "b/1", "b/10", "b/2", "b/B", "b/a", "b/é"});
}

TEST_CASE("folders inside a label folder are read recursively, sorted among the files by name") {
  const TempDir root;
  root.write("space/b/deep/er/1", "moon");
  root.write("space/b/2", "moon");
  root.write("space/a", "moon");
  root.write("space/b.txt", "moon");
  root.write("space/c", "moon");
  const Corpus corpus = read(root);
  CHECK(ids_of(corpus) ==
        Words{"space/a", "space/b/2", "space/b/deep/er/1", "space/b.txt", "space/c"});
  for (const Document& document : corpus.documents) CHECK(document.label == "space");
}

TEST_CASE("an id is the path below the root, however the root is spelled") {
  const TempDir root;
  root.write("space/1", "moon");
  for (const std::string& spelling : {root.path().string() + "/", root / ".", root / "space/.."})
    CHECK(ids_of(read_trees({spelling}, {})) == Words{"space/1"});
}

TEST_CASE("several roots are read one after the other") {
  const TempDir first, second;
  first.write("space/1", "moon");
  second.write("baseball/1", "ball");
  second.write("space/1", "orbit");
  const Corpus corpus = read_trees({first.path().string(), second.path().string()}, {});
  CHECK(ids_of(corpus) == Words{"space/1", "baseball/1", "space/1"});
  CHECK(corpus.documents[2].text == "orbit");
  CHECK(corpus.counts.read == 3);
}

TEST_CASE("empty documents are kept and counted") {
  const TempDir root;
  root.write("space/1", "");
  root.write("space/2", " \t\r\n\n");
  root.write("space/3", "moon");
  const Corpus corpus = read(root);
  CHECK(ids_of(corpus) == Words{"space/1", "space/2", "space/3"});
  CHECK(corpus.documents[1].text == " \t\r\n\n");
  CHECK(corpus.counts.empty == 2);
  CHECK(corpus.counts.read == 3);
}

TEST_CASE("a document is read completely, including NUL bytes") {
  const TempDir root;
  const std::string text = std::string("a\0b", 3) + std::string(300'000, 'x');
  root.write("space/1", text);
  CHECK((read(root).documents.at(0).text == text));
}

TEST_CASE("symbolic links are reported, not followed") {
  const TempDir root, elsewhere;
  root.write("space/1", "moon");
  elsewhere.write("folder/2", "orbit");
  fs::create_symlink(elsewhere / "folder/2", root / "space/to-file");
  fs::create_directory_symlink(elsewhere / "folder", root / "space/to-folder");
  fs::create_symlink("nowhere", root / "space/to-nothing");
  fs::create_directory_symlink(elsewhere / "folder", root / "to-label");
  const Corpus corpus = read(root);
  CHECK(ids_of(corpus) == Words{"space/1"});
  CHECK(corpus.counts.links == Words{root / "space/to-file", root / "space/to-folder",
                                     root / "space/to-nothing", root / "to-label"});
  CHECK(corpus.counts.outside == 0);
}

TEST_CASE("symbolic links to parent folders are not followed") {
  const TempDir root;
  root.write("space/deep/1", "moon");
  fs::create_directory_symlink("..", root / "space/deep/up");
  fs::create_directory_symlink(root.path(), root / "space/root");
  const Corpus corpus = read(root);
  CHECK(ids_of(corpus) == Words{"space/deep/1"});
  CHECK(corpus.counts.links == Words{root / "space/deep/up", root / "space/root"});
}

TEST_CASE("a root may be a symbolic link") {
  const TempDir root;
  root.write("data/space/1", "moon");
  fs::create_directory_symlink("data", root / "link");
  CHECK(ids_of(read_trees({root / "link"}, {})) == Words{"space/1"});
}

TEST_CASE("hidden files and folders are counted, not read") {
  const TempDir root;
  root.write("space/1", "moon");
  root.write("space/.1.swp", "moon");
  root.write("space/.git/config", "moon");
  root.write(".hidden/1", "moon");
  root.write(".DS_Store", "moon");
  const Corpus corpus = read(root);
  CHECK(ids_of(corpus) == Words{"space/1"});
  CHECK(corpus.counts.hidden == 4);
  CHECK(corpus.counts.outside == 0);
}

TEST_CASE("files outside any label folder are counted, not read") {
  const TempDir root;
  root.write("space/1", "moon");
  root.write("README", "moon");
  root.write("LICENSE", "moon");
  const Corpus corpus = read(root);
  CHECK(ids_of(corpus) == Words{"space/1"});
  CHECK(corpus.counts.outside == 2);
  CHECK(corpus.counts.bytes == 4);
}

TEST_CASE("a named pipe among the documents is counted, not opened") {
  const TempDir root;
  root.write("space/1", "moon");
  REQUIRE(::mkfifo((root / "space/pipe").c_str(), 0600) == 0);
  const Corpus corpus = read(root);
  CHECK(ids_of(corpus) == Words{"space/1"});
  CHECK(corpus.counts.not_regular == 1);
}

TEST_CASE("a file that cannot be read is reported, and the others are read") {
  const TempDir root;
  root.write("space/1", "moon");
  const std::string locked = root.write("space/2", "orbit");
  REQUIRE(::chmod(root.path().c_str(), 0755) == 0);
  REQUIRE(::chmod(locked.c_str(), 0) == 0);
  const Unprivileged unprivileged;
  if (!unprivileged) {
    WARN("not checked: superuser rights cannot be dropped here");
    return;
  }
  const Corpus corpus = read(root);
  CHECK(ids_of(corpus) == Words{"space/1"});
  CHECK(corpus.counts.unreadable == Words{locked + ": Permission denied"});
  CHECK(corpus.counts.read == 1);
  CHECK(corpus.counts.bytes == 4);
}

TEST_CASE("a folder with several unreadable files, or a whole unreadable label, is refused") {
  const TempDir root;
  for (int i = 0; i < 8; ++i) root.write("space/" + std::to_string(i), "moon");
  const std::string first = root.write("space/8", "orbit"), second = root.write("space/9", "orbit");
  const std::string ball = root.write("ball/0", "bat");
  const std::string name = root.path().string();
  REQUIRE(::chmod(name.c_str(), 0755) == 0);
  const Unprivileged unprivileged;
  if (!unprivileged) {
    WARN("not checked: superuser rights cannot be dropped here");
    return;
  }
  const auto lock = [](const std::string& file, mode_t mode) {
    const uid_t before = ::geteuid();
    CHECK(::seteuid(::getuid()) == 0);
    CHECK(::chmod(file.c_str(), mode) == 0);
    CHECK(::seteuid(before) == 0);
  };
  ReadOptions skipping;
  skipping.skip_unreadable = true;

  lock(ball, 0);
  CHECK(error_of([&] { read(root); }) ==
        name + ": all files of the label 'ball' cannot be read (" + ball + ": Permission denied)");
  CHECK(read(root, skipping).counts.unreadable == Words{ball + ": Permission denied"});
  lock(ball, 0644);
  lock(first, 0);
  CHECK(read(root).documents.size() == 10);
  lock(second, 0);
  CHECK(error_of([&] { read(root); }) ==
        name + ": 2 of 11 files cannot be read (" + second + ": Permission denied)");
  CHECK(read(root, skipping).documents.size() == 9);
}

TEST_CASE("one in a hundred files may be unreadable") {
  const TempDir root;
  REQUIRE(::chmod(root.path().c_str(), 0755) == 0);
  for (int i = 0; i < 300; ++i) {
    const std::string file = root.write("space/" + std::to_string(i), "moon");
    if (i < 3) REQUIRE(::chmod(file.c_str(), 0) == 0);
  }
  const Unprivileged unprivileged;
  if (!unprivileged) {
    WARN("not checked: superuser rights cannot be dropped here");
    return;
  }
  CHECK(read(root).documents.size() == 297);
}

TEST_CASE("a label folder that cannot be listed is skipped only on request") {
  const TempDir root;
  root.write("space/1", "moon");
  root.write("ball/1", "bat");
  REQUIRE(::chmod(root.path().c_str(), 0755) == 0);
  REQUIRE(::chmod((root / "ball").c_str(), 0) == 0);
  const Unprivileged unprivileged;
  if (!unprivileged) {
    WARN("not checked: superuser rights cannot be dropped here");
    return;
  }
  CHECK(error_of([&] { read(root); }) ==
        root / "ball" + ": cannot list this folder: Permission denied; check its permissions");
  ReadOptions skipping;
  skipping.skip_unreadable = true;
  const Corpus corpus = read(root, skipping);
  CHECK(ids_of(corpus) == Words{"space/1"});
  CHECK(corpus.counts.unreadable == Words{root / "ball" + ": Permission denied"});
}

TEST_CASE("if the machine fails, nothing is skipped") {
  const TempDir root;
  for (int i = 0; i < 300; ++i) root.write("space/" + std::to_string(i), "moon");
  ReadOptions skipping;
  skipping.skip_unreadable = true;
  const auto message_under = [&](std::uint32_t call, std::uint32_t error) {
    std::string message;
    bool is_forbidden = false;
    std::thread([&] {  // the filter applies only to this thread
      is_forbidden = forbid({call}, error);
      try {
        if (is_forbidden) message = std::to_string(read(root, skipping).documents.size()) + " read";
      } catch (const Error& failure) {
        message = failure.what();
        CHECK(failure.code() == ErrorCode::kMachine);
      }
    })
        .join();
    if (!is_forbidden) WARN("not checked: this system has no seccomp");
    return is_forbidden ? message : std::string();
  };
  const std::string name = root.path().string();
  const std::string unread = message_under(SYS_read, EIO),
                    unknown = message_under(SYS_newfstatat, EIO);
  if (!unread.empty()) CHECK(unread == name + "/space/0: cannot read: Input/output error");
  if (!unknown.empty()) CHECK(unknown == name + ": cannot access this: Input/output error");
  const std::string none_open = message_under(SYS_openat, EMFILE);
  if (!none_open.empty())
    CHECK(none_open == name + ": cannot list this folder: Too many open files");
}

TEST_CASE("a root that cannot be listed is an error") {
  const TempDir root;
  root.write("data/space/1", "moon");
  REQUIRE(::chmod(root.path().c_str(), 0755) == 0);
  REQUIRE(::chmod((root / "data").c_str(), 0) == 0);
  const Unprivileged unprivileged;
  if (!unprivileged) {
    WARN("not checked: superuser rights cannot be dropped here");
    return;
  }
  CHECK(error_of([&] { read_trees({root / "data"}, {}); }) ==
        root / "data" + ": cannot list this folder: Permission denied; check its permissions");
}

TEST_CASE("bytes that are not UTF-8 are read as Windows-1252, and such documents are counted") {
  const TempDir root;
  root.write("space/1", "caf\xe9 noir");
  root.write("space/2", "café");
  root.write("space/3", "\x81");
  const Corpus corpus = read(root, by(InvalidUtf8::kReplace));
  CHECK(corpus.documents.at(0).text == "café noir");
  CHECK(corpus.documents.at(0).guessed_encoding);
  CHECK(corpus.documents.at(1).text == "café");
  CHECK_FALSE(corpus.documents.at(1).guessed_encoding);
  CHECK(corpus.documents.at(2).text == "\uFFFD");
  CHECK(corpus.counts.repaired == 2);
  CHECK(corpus.counts.guessed == 1);
  CHECK(corpus.counts.bytes == 15);
}

TEST_CASE("documents of a folder are read in the encoding that is given, each from its start") {
  const TempDir root;
  root.write("space/1", "\x83\x65\x83\x58\x83\x67");  // Shift JIS
  root.write("space/2", "\x83");
  ReadOptions options;
  options.encoding = "shift_jis";
  const Corpus corpus = read(root, options);
  CHECK(corpus.documents.at(0).text == "テスト");
  CHECK(corpus.documents.at(1).text == "\uFFFD");
  CHECK(corpus.counts.repaired == 1);
  CHECK(corpus.counts.guessed == 0);
}

TEST_CASE("folders whose names differ in white space or Unicode form are one label") {
  const TempDir root;
  root.write("caf\u00e9/1", "a");
  root.write("cafe\u0301 /1", "b");
  const Corpus corpus = read(root, only({"caf\u00e9"}));
  REQUIRE(corpus.documents.size() == 2);
  for (const Document& document : corpus.documents) CHECK(document.label == "caf\u00e9");
  CHECK(corpus.counts.cleaned_labels == 1);
}

TEST_CASE("with latin1, only ill-formed documents are read as Latin-1") {
  const TempDir root;
  root.write("space/1", "caf\xe9 noir");
  root.write("space/2", "café");
  const Corpus corpus = read(root, by(InvalidUtf8::kLatin1));
  CHECK(corpus.documents.at(0).text == "café noir");
  CHECK(corpus.documents.at(1).text == "café");
  CHECK(corpus.counts.repaired == 1);
}

TEST_CASE("with error, an ill-formed document is refused and its path is shown") {
  const TempDir root;
  root.write("space/1", "moon");
  const std::string bad = root.write("space/2", "caf\xe9 noir");
  CHECK(error_of([&] { read(root, by(InvalidUtf8::kError)); }) ==
        bad + ": byte 3 (0xe9) is not UTF-8");
}

TEST_CASE("only the requested labels are read") {
  const TempDir root;
  root.write("baseball/1", "ball");
  root.write("graphics/1", "line");
  root.write("space/1", "moon");
  const Corpus corpus = read(root, only({"space", "baseball"}));
  CHECK(ids_of(corpus) == Words{"baseball/1", "space/1"});
  CHECK(corpus.counts.read == 2);
  CHECK(corpus.counts.bytes == 8);
}

TEST_CASE("a requested label may be missing from some of the roots") {
  const TempDir first, second;
  first.write("space/1", "moon");
  second.write("baseball/1", "ball");
  const Corpus corpus =
      read_trees({first.path().string(), second.path().string()}, only({"baseball", "space"}));
  CHECK(ids_of(corpus) == Words{"space/1", "baseball/1"});
}

TEST_CASE("a misspelled label is an error that suggests the closest label") {
  const TempDir root;
  root.write("rec.autos/1", "car");
  root.write("sci.space/1", "moon");
  CHECK(error_of([&] { read(root, only({"rec.autos", "sci.spaec"})); }) ==
        root.path().string() +
            ": no document has the label 'sci.spaec' (did you mean 'sci.space'?)");
}

TEST_CASE("an unknown label without a close match is an error that lists the labels") {
  const TempDir first, second;
  first.write("sci.space/1", "moon");
  second.write("rec.autos/1", "car");
  CHECK(error_of([&] {
          read_trees({first.path().string(), second.path().string()}, only({"cooking"}));
        }) == first.path().string() + ", " + second.path().string() +
                  ": no document has the label 'cooking' (the labels are rec.autos, sci.space)");
}

TEST_CASE("a requested label folder without documents is an error") {
  const TempDir root;
  root.write("space/1", "moon");
  fs::create_directory(root / "empty");
  CHECK(read(root).documents.size() == 1);
  CHECK(error_of([&] { read(root, only({"space", "empty"})); }) ==
        root.path().string() + ": the folder 'empty' contains no documents");
}

TEST_CASE("a root that does not exist is an error, even after one that does") {
  const TempDir root;
  root.write("data/space/1", "moon");
  CHECK(error_of([&] { read_trees({root / "data", root / "dada"}, {}); }) ==
        root / "dada" + ": cannot open: No such file or directory; check the name");
}

TEST_CASE("a root without label folders is an error") {
  const TempDir root;
  const std::string message = root.path().string() +
                              ": this folder contains no label folder; give a folder with one "
                              "folder per label and one file per document";
  CHECK(error_of([&] { read(root); }) == message);
  root.write("1.txt", "moon");
  CHECK(error_of([&] { read(root); }) == message);
}

TEST_CASE("a root without label folders is the same error if labels are requested") {
  const TempDir root;
  CHECK(error_of([&] { read(root, only({"space"})); }) ==
        root.path().string() +
            ": this folder contains no label folder; give a folder with one folder per label and "
            "one file per document");
}

TEST_CASE("label folders without documents are an error") {
  const TempDir root;
  fs::create_directories(root / "space/deep");
  root.write("baseball/.hidden", "ball");
  CHECK(error_of([&] { read(root); }) ==
        root.path().string() +
            ": the label folders contain no readable documents; give a folder with one folder per "
            "label and one file per document, or a file of labelled records");
}

TEST_CASE("a label with a control character is refused") {
  for (const auto& [label, shown] : {std::pair{"outer\tspace", "outer\\x09space"},
                                     {"outer\nspace", "outer\\x0aspace"},
                                     {"outer\x1bspace", "outer\\x1bspace"}}) {
    const TempDir root;
    root.write(std::string(label) + "/1", "moon");
    CHECK(error_of([&] { read(root); }) == root / shown +
                                               ": the folder name is not a valid label: it "
                                               "contains a control character; rename the folder");
  }
}

TEST_CASE("a label that is not UTF-8 is refused") {
  const TempDir root;
  root.write("caf\xe9/1", "moon");
  CHECK(error_of([&] { read(root); }) ==
        root / "caf\xe9" +
            ": the folder name is not a valid label: it is not UTF-8; rename the folder");
}

TEST_CASE("an invalid name of a folder that was not requested is ignored") {
  const TempDir root;
  root.write("outer\tspace/1", "moon");
  root.write("space/1", "moon");
  CHECK(ids_of(read(root, only({"space"}))) == Words{"space/1"});
}

TEST_CASE("documents come in the same order for any number of threads") {
  const TempDir root;
  for (int i = 0; i < 100; ++i)
    root.write("label" + std::to_string(i % 4) + "/" + std::to_string(i),
               "text " + std::to_string(i));
  const Corpus alone = read_trees({root.path().string()});
  const Corpus shared = read_trees({root.path().string()}, {}, 5);
  CHECK(ids_of(shared) == ids_of(alone));
  CHECK(shared.counts.bytes == alone.counts.bytes);
  for (std::size_t d = 0; d < shared.documents.size(); ++d)
    CHECK(shared.documents[d].text == alone.documents[d].text);
}

TEST_CASE("files that look binary are read and named") {
  const TempDir root;
  root.write("space/1", "moon");
  const std::string image = root.write("space/2", "GIF89a moon");
  const Corpus corpus = read(root);
  CHECK(ids_of(corpus) == Words{"space/1", "space/2"});
  CHECK(corpus.counts.binary == Words{image});
}
