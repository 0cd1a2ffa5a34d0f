// SPDX-License-Identifier: MIT
// Reading a tar archive made by the tar command gives the same documents as reading the folder.
#include <sys/stat.h>

#include "corpus/compressed.hpp"
#include "corpus/libarchive.hpp"
#include "corpus/read_options.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

namespace fs = std::filesystem;

Corpus read(const std::string& place, const ReadOptions& options = {}) {
  Workers workers(2);
  return read_corpus({place}, options, workers).corpus;
}

/// A folder `train`, and archives of it that are written beside it.
class Packing : public TempDir {
 public:
  void add(const std::string& name, std::string_view text = "moon") const {
    write("train/" + name, text);
  }
  /// Runs `tar` in the parent folder of `train`; returns the path of the archive `name`.
  std::string tar(const std::string& name, const std::string& arguments) const {
    const Outcome outcome = run_shell("cd '" + path().string() + "' && tar " + arguments);
    CHECK(outcome.err.empty());
    REQUIRE(outcome.status == 0);
    return *this / name;
  }
  std::string folder() const { return *this / "train"; }
};

void check_same(const Corpus& archive, const Corpus& folder) {
  REQUIRE(ids_of(archive) == ids_of(folder));
  for (std::size_t d = 0; d < folder.documents.size(); ++d) {
    CHECK(archive.documents[d].label == folder.documents[d].label);
    CHECK((archive.documents[d].text == folder.documents[d].text));
    CHECK(archive.documents[d].may_be_post);
  }
  CHECK(archive.counts.read == folder.counts.read);
  CHECK(archive.counts.bytes == folder.counts.bytes);
  CHECK(archive.counts.empty == folder.counts.empty);
  CHECK(archive.counts.repaired == folder.counts.repaired);
  CHECK(archive.counts.outside == folder.counts.outside);
  CHECK(archive.counts.hidden == folder.counts.hidden);
  CHECK(archive.counts.not_regular == folder.counts.not_regular);
  CHECK(archive.counts.links.size() == folder.counts.links.size());
  CHECK(archive.counts.unreadable.size() == folder.counts.unreadable.size());
  CHECK(LabelSet(archive.met_labels).labels() == LabelSet(folder.met_labels).labels());
}

void check_same_as_folder(const Packing& packing, const std::string& name,
                          const std::string& arguments, const ReadOptions& options = {}) {
  check_same(read(packing.tar(name, arguments), options), read(packing.folder(), options));
}

/// Adds documents whose order depends on how names are compared.
void add_documents(Packing& packing) {
  for (const char* name :
       {"space/1", "space/10", "space/2", "space/b/deep/er/1", "space/b.txt", "space/b-", "space/B",
        "baseball/é", "baseball/z", "a.b/1", "a-b/1", "a/1", "space/empty"})
    packing.add(name, "text of " + std::string(name));
  packing.add("space/empty", "");
  packing.add("space/long", std::string(300'000, 'x'));
  packing.add("space/nul", std::string("a\0b", 3));
  packing.add("baseball/latin", "caf\xe9");
}

}  // namespace

TEST_CASE("an archive is read like its folder, whatever its entry names begin with") {
  Packing packing;
  add_documents(packing);
  check_same_as_folder(packing, "a.tar", "-cf a.tar -C train .");
  check_same_as_folder(packing, "a.tar", "-cf a.tar train");
  check_same_as_folder(packing, "a.tar", "-cf a.tar ./train");
  check_same_as_folder(packing, "a.tar", "-cf a.tar -C train space baseball a.b a-b a");
  check_same_as_folder(packing, "a.tar", "-cf a.tar --transform 's,^,over/it/all/,' train");
  check_same_as_folder(packing, "a.tar", "-cf a.tar --transform 's,^,/,' -P train");
  check_same_as_folder(packing, "a.tar",
                       "-cf a.tar --no-recursion train/space train/a/1 "
                       "train/a-b/1 train/a.b/1 train/space/[1-9Bbeln]* "
                       "train/space/b/deep/er/1 train/baseball/*");
}

TEST_CASE("an archive may be compressed, whatever its name") {
  Packing packing;
  add_documents(packing);
  check_same_as_folder(packing, "a.tar.gz", "-czf a.tar.gz train");
  check_same_as_folder(packing, "a.tgz", "-czf a.tgz train");
  check_same_as_folder(packing, "a.tar.zst", "-cf a.tar.zst --zstd train");
  check_same_as_folder(packing, "archive", "-czf archive train");
  check_same_as_folder(packing, "a.tar", "-czf a.tar train");
  check_same_as_folder(packing, "a.tar.gz", "-cf a.tar.gz train");
}

TEST_CASE("an archive may have any tar format") {
  Packing packing;
  add_documents(packing);
  for (const char* format : {"gnu", "pax", "ustar", "v7", "oldgnu"})
    check_same_as_folder(packing, "a.tar", "-cf a.tar --format " + std::string(format) + " train");
}

TEST_CASE("names that are over 100 or 255 bytes, in other scripts or not UTF-8 are kept") {
  Packing packing;
  packing.add("space/" + std::string(120, 'a'));
  packing.add("space/" + std::string(200, 'b') + "/" + std::string(200, 'c') + "/d");
  packing.add("月/火/水 é 🚀");
  packing.add("space/" + std::string(60, 'x') + "月月月月月月月月月月月月月月月月月月月月");
  packing.add("space/caf\xe9");
  packing.add("space/new\nline");
  for (const char* format : {"gnu", "pax"}) {
    check_same_as_folder(packing, "a.tar", "-cf a.tar --format " + std::string(format) + " train");
    check_same_as_folder(packing, "a.tgz",
                         "-czf a.tgz --format " + std::string(format) + " -C train .");
  }
}

TEST_CASE("links, pipes, hidden files and files outside label folders are counted as in a folder") {
  Packing packing;
  add_documents(packing);
  packing.add("README");
  packing.add("space/.hidden");
  packing.add("space/.git/config");
  packing.add("space/.git/objects/1");
  packing.add(".DS_Store");
  packing.add(".cache/1");
  fs::create_symlink("1", packing / "train/space/link");
  fs::create_symlink("nowhere", packing / "train/space/b/nowhere");
  fs::create_directory_symlink("space", packing / "train/space-link");
  fs::create_directory(packing / "train/nothing");
  fs::create_directory(packing / "train/space/nothing");
  REQUIRE(::mkfifo((packing / "train/space/pipe").c_str(), 0600) == 0);
  check_same_as_folder(packing, "a.tar", "-cf a.tar -C train .");
  check_same_as_folder(packing, "a.tar", "-cf a.tar -C train .", only({"baseball", "a"}));
  const Corpus corpus = read(packing.tar("b.tar", "-cf b.tar -C train ."));
  CHECK(corpus.counts.outside == 1);
  CHECK(corpus.counts.hidden == 4);
  CHECK(corpus.counts.not_regular == 1);
  CHECK(corpus.counts.links == Words{"space-link", "space/b/nowhere", "space/link"});
}

TEST_CASE("a hard link is read as a document with the linked file's text") {
  Packing packing;
  packing.add("space/1", "moon");
  packing.add("baseball/1", "ball");
  fs::create_hard_link(packing / "train/space/1", packing / "train/space/2");
  fs::create_hard_link(packing / "train/space/1", packing / "train/baseball/2");
  check_same_as_folder(packing, "a.tar", "-cf a.tar train");
  check_same_as_folder(packing, "a.tar", "-cf a.tar -C train .");
  check_same_as_folder(packing, "a.tar", "-cf a.tar ./train");
  check_same(read(packing.tar("a.tar", "-cf a.tar ./train") + "/train"), read(packing.folder()));
}

TEST_CASE("a hard link to a file that is not read is reported") {
  Packing packing;
  packing.add("space/1", "moon");
  packing.add("space/2", "orbit");
  packing.write("other/1", "ball");
  fs::create_hard_link(packing / "other/1", packing / "train/space/3");
  const Corpus corpus = read(packing.tar("a.tar", "-cf a.tar other train") + "/train");
  CHECK(ids_of(corpus) == Words{"space/1", "space/2"});
  CHECK(corpus.counts.unreadable == Words{"space/3: hard link to a skipped file"});
}

TEST_CASE("the last entry of a repeated file is used, as when the archive is unpacked") {
  Packing packing;
  packing.add("space/1", "old");
  packing.add("space/2", "orbit");
  packing.tar("a.tar", "-cf a.tar train");
  packing.add("space/1", "moon");
  packing.add("baseball/1", "ball");
  check_same_as_folder(packing, "a.tar", "-rf a.tar train/space/1 train/baseball");
}

TEST_CASE("a path after the name of the archive selects a folder in it") {
  Packing packing;
  add_documents(packing);
  packing.write("test/space/1", "other");
  const std::string archive = packing.tar("a.tgz", "-czf a.tgz train test");
  const Corpus folder = read(packing.folder());
  check_same(read(archive + "/train"), folder);
  check_same(read(archive + "//train/"), folder);
  check_same(read(packing.tar("b.tar", "-cf b.tar ./train ./test") + "/train"), folder);
  CHECK(ids_of(read(archive + "/test")) == Words{"space/1"});
  CHECK(read(archive).documents.at(0).label == "test");
  CHECK(error_of([&] { read(archive + "/valid"); }) ==
        archive + ": the archive contains no folder 'valid'; list its contents with tar -tf");
  CHECK(error_of([&] { read(archive + "/tes"); }) ==
        archive + ": the archive contains no folder 'tes'; list its contents with tar -tf");
}

TEST_CASE("only the requested labels are read from an archive") {
  Packing packing;
  add_documents(packing);
  fs::create_directory(packing / "train/nothing");
  const std::string archive = packing.tar("a.tgz", "-czf a.tgz train");
  check_same(read(archive, only({"space", "a"})), read(packing.folder(), only({"space", "a"})));
  CHECK(error_of([&] { read(archive, only({"space", "basebal"})); }) ==
        archive + ": no document has the label 'basebal' (did you mean 'baseball'?)");
  CHECK(error_of([&] { read(archive, only({"nothing"})); }) ==
        archive + ": the folder 'nothing' contains no documents");
}

TEST_CASE("labels in an archive follow the same rules as those in a folder") {
  Packing packing;
  packing.add("outer\tspace/1");
  packing.add("space/1");
  const std::string archive = packing.tar("a.tar", "-cf a.tar train");
  CHECK(error_of([&] { read(archive); }) ==
        archive +
            ": the folder 'train/outer\\x09space' is not a valid label: it contains a control "
            "character; rename the folder");
  CHECK(ids_of(read(archive, only({"space"}))) == Words{"space/1"});
  Packing latin;
  latin.add("caf\xe9/1");
  latin.add("space/1");
  for (const char* format : {"gnu", "pax"})
    CHECK_THAT(error_of([&] {
                 read(latin.tar("a.tar", "-cf a.tar --format " + std::string(format) + " train"));
               }),
               Contains("is not a valid label: it is not UTF-8; rename the folder"));
}

TEST_CASE("with error, an ill-formed document in an archive is refused and its path is shown") {
  Packing packing;
  packing.add("space/1", "caf\xe9");
  packing.add("baseball/1", "ball");
  const std::string archive = packing.tar("a.tar", "-cf a.tar train");
  ReadOptions options;
  options.invalid_utf8 = InvalidUtf8::kError;
  CHECK(error_of([&] { read(archive, options); }) ==
        archive + ", train/space/1: byte 3 (0xe9) is not UTF-8");
}

TEST_CASE("an archive without label folders is an error") {
  Packing packing;
  packing.add("1");
  packing.add(".hidden/2");
  const std::string archive = packing.tar("a.tar", "-cf a.tar -C train .");
  const std::string problem =
      ": this archive contains no label folder; give an archive with one folder per label";
  CHECK(error_of([&] { read(archive); }) == archive + problem);
  const std::string nothing = packing.tar("b.tar", "-cf b.tar -T /dev/null");
  CHECK(error_of([&] { read(nothing); }) == nothing + problem);
}

TEST_CASE("a file that is not an archive is an error") {
  const TempDir folder;
  for (const std::string& bytes : {std::string(), std::string("moon"), std::string(5000, 'x')}) {
    const std::string path = folder.write("a.tar", bytes);
    CHECK_THAT(error_of([&] { read(path); }),
               StartsWith(path + ": ") && Contains("; download or create the archive again"));
  }
}

TEST_CASE("a truncated or damaged archive is an error, wherever the damage is") {
  Packing packing;
  add_documents(packing);
  const std::string tar = read_file(packing.tar("a.tar", "-cf a.tar train"));
  const auto error_for = [&](const std::string& bytes) {
    const std::string path = packing.write("bad", bytes);
    ReadOptions options;
    options.format = DataFormat::kTree;
    return error_of([&] { read(path, options); });
  };
  const std::size_t text = tar.find(std::string(1000, 'x'));
  REQUIRE(text != std::string::npos);
  CHECK_THAT(error_for(tar.substr(0, text + 100'000)),
             Contains("bad: the entry train/space/long: "));
  CHECK_THAT(error_for(tar.substr(0, text - 100)), Contains("bad: "));
  std::string damaged = tar;
  damaged[text - 512 + 20] ^= 1;  // within the header, which has a checksum
  CHECK_THAT(error_for(damaged),
             Contains("bad: after ") && Contains("download or create the archive again"));
  const std::string gz = gzip(tar), zst = zstd(tar);
  for (const std::string& cut_off : {gz.substr(0, gz.size() - 1), gz.substr(0, gz.size() / 2),
                                     zst.substr(0, zst.size() - 1), zst.substr(0, zst.size() / 2)})
    CHECK_THAT(error_for(cut_off), Contains("bad: the compressed data is truncated"));
}

TEST_CASE("the checksum after the end of a large archive is verified") {
  Packing packing;
  add_documents(packing);
  std::string tar = read_file(packing.tar("a.tar", "-cf a.tar train"));
  tar.append(1'000'000, '\0');
  std::string gz = gzip(tar);
  CHECK(read(packing.write("good.tar.gz", gz)).documents.size() == 16);
  gz[gz.size() - 6] ^= 1;
  CHECK_THAT(error_of([&] { read(packing.write("bad.tar.gz", gz)); }),
             Contains("the compressed data is damaged: incorrect data check"));
}

TEST_CASE("archives need libarchive, and the error names its package") {
  const std::string error = error_of([] { LibArchive("libarchive-of-no-system.so.1"); });
  CHECK(error.starts_with("tar archives: libarchive-of-no-system.so.1: "));
  CHECK(error.ends_with("; install libarchive 3.6 or later (Debian package libarchive13)"));
  CHECK(error_of([] { LibArchive("libz.so.1"); }).find("archive_read_new") != std::string::npos);
}
