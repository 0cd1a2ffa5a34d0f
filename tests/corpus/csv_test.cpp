// SPDX-License-Identifier: MIT
// CSV and TSV, read by DocumentReader.
#include "corpus/records.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

ReadRecords csv(std::string_view bytes, const ColumnOptions& columns = {}) {
  return read_records(bytes, DataFormat::kCsv, columns);
}

ReadRecords tsv(std::string_view bytes, const ColumnOptions& columns = {}) {
  return read_records(bytes, DataFormat::kTsv, columns);
}

/// Reads documents that need no label.
ReadRecords texts(std::string_view bytes, const ColumnOptions& columns = {}) {
  return read_records(bytes, DataFormat::kCsv, columns, Need::kTexts);
}

/// The text of a document whose text field is written as `field`.
std::string text_of(const std::string& field) {
  const ReadRecords records = csv("label,text\nspace," + field + "\n");
  CHECK(records.error.empty());
  REQUIRE(records.documents.size() == 1);
  return records.documents[0].text;
}

/// The error for a record that begins on line 3, after a header and a valid record.
std::string error_for(const std::string& record) {
  const ReadRecords records = csv("label,text\nspace,moon\n" + record);
  CHECK(records.rows() == Rows{{"space", "moon"}});
  return records.error;
}

const ColumnOptions kNoHeader{.no_header = true};

}  // namespace

TEST_CASE("CSV: a header names the columns, and a record is a document") {
  const ReadRecords records = csv("label,text\nspace,moon orbit\nbaseball,ball\n");
  CHECK(records.error.empty());
  CHECK(records.rows() == Rows{{"space", "moon orbit"}, {"baseball", "ball"}});
  CHECK(records.lines == std::vector<std::int64_t>{2, 3});
  CHECK(records.description == "csv, header row, label in \"label\", text in \"text\"");
  CHECK(records.ids() == Words{"", ""});
  CHECK(records.documents[0].parts.empty());
  CHECK(records.documents[0].may_be_post);
  CHECK(records.counts.read == 2);
  CHECK(records.counts.bytes == 29);
}

TEST_CASE("CSV: fields follow RFC 4180") {
  CHECK(text_of("moon") == "moon");
  CHECK(text_of("\"moon\"") == "moon");
  CHECK(text_of("\"moon, orbit\"") == "moon, orbit");
  CHECK(text_of("\"the \"\"moon\"\"\"") == "the \"moon\"");
  CHECK(text_of("\"\"\"\"") == "\"");
  CHECK(text_of("\"\"\"\"\"\"") == "\"\"");
  CHECK(text_of("\"\"") == "");
  CHECK(text_of("") == "");
  CHECK(text_of("\"moon\norbit\"") == "moon\norbit");
  CHECK(text_of("\"moon\r\norbit\r\n\"") == "moon\r\norbit\r\n");
  CHECK(text_of("\"\n\n\"") == "\n\n");
  CHECK(text_of(" moon ") == " moon ");
  CHECK(text_of("mo\ron") == "mo\ron");
  CHECK(text_of("moon\tor'bit;") == "moon\tor'bit;");
  CHECK(text_of(std::string("mo\0on", 5)) == std::string("mo\0on", 5));
  CHECK(text_of("\"mo\u2028on\u0085\"") == "mo\u2028on\u0085");
}

TEST_CASE("CSV: every field may be quoted, in the header too") {
  CHECK(csv("\"label\",\"text\"\n\"space\",\"moon\"\n").rows() == Rows{{"space", "moon"}});
  CHECK(csv("label,\"te\"\"xt\"\nspace,moon\n", {.text = {{"te\"xt"}}}).rows() ==
        Rows{{"space", "moon"}});
}

TEST_CASE("CSV: lines end in LF or CRLF, and the last line end may be missing") {
  const Rows expected{{"space", "moon"}, {"baseball", "ball"}};
  CHECK(csv("label,text\nspace,moon\nbaseball,ball").rows() == expected);
  CHECK(csv("label,text\r\nspace,moon\r\nbaseball,ball\r\n").rows() == expected);
  CHECK(csv("label,text\r\nspace,\"moon\"\r\nbaseball,\"ball\"").rows() == expected);
  CHECK(csv("label,text\r\nspace,\"moon\"\nbaseball,ball\r").rows() == expected);
}

TEST_CASE("CSV: a byte order mark is not part of the first column name") {
  CHECK(csv("\uFEFFlabel,text\nspace,moon\n").rows() == Rows{{"space", "moon"}});
  CHECK(csv("\uFEFF\"label\",text\nspace,moon\n").rows() == Rows{{"space", "moon"}});
}

TEST_CASE("CSV: empty lines are counted as blank, and lines of empty fields are records") {
  const ReadRecords records = csv("\n\r\nlabel,text\n\nspace,moon\n\n,\n,ball\nspace,\n\n");
  CHECK(records.error.empty());
  CHECK(records.rows() == Rows{{"space", "moon"}, {"space", ""}});
  CHECK(records.lines == std::vector<std::int64_t>{5, 9});
  CHECK(records.counts.blank == 5);
  CHECK(records.counts.unlabelled == 2);
  CHECK(records.counts.read == 2);
  CHECK(records.counts.empty == 1);
}

TEST_CASE("CSV: empty input, only a header and only empty lines give no documents") {
  for (const char* bytes : {"", "\uFEFF", "\n\r\n", "label,text\n", "label,text"}) {
    const ReadRecords records = csv(bytes);
    CHECK(records.error.empty());
    CHECK(records.documents.empty());
  }
  CHECK(csv("").description == "csv");
}

TEST_CASE("CSV: a field of ten megabytes is read completely, and so are its neighbors") {
  std::string megabytes(10'000'000, 'x');
  for (std::size_t i = 0; i < megabytes.size(); i += 1000) megabytes[i] = '\n';
  const ReadRecords records =
      csv("label,text\nspace,moon\nspace,\"" + megabytes + "\"\nbaseball,ball\n");
  REQUIRE(records.documents.size() == 3);
  CHECK((records.documents[1].text == megabytes));
  CHECK(records.documents[2].text == "ball");
  CHECK(records.lines == std::vector<std::int64_t>{2, 3, 10'004});
}

TEST_CASE("TSV: a record is a line, fields end at tabs, and quotes are text") {
  const ReadRecords records = tsv(
      "label\ttext\nspace\t\"moon\nspace\ta \"\"moon\"\" \"\r\nbaseball\tball, bat\n\t\n\"\t\"\n");
  CHECK(records.error.empty());
  CHECK(records.rows() == Rows{{"space", "\"moon"},
                               {"space", "a \"\"moon\"\" \""},
                               {"baseball", "ball, bat"},
                               {"\"", "\""}});
  CHECK(records.description == "tsv, header row, label in \"label\", text in \"text\"");
  CHECK(records.counts.unlabelled == 1);
  CHECK(records.counts.stray_quotes == 0);
}

TEST_CASE("TSV: with the quoting of CSV, fields may be quoted") {
  ReadOptions options;
  options.quoting = Quoting::kCsv;
  const ReadRecords records =
      read_records("label\ttext\nspace\t\"moon\torbit\nand \"\"more\"\"\"\nbaseball\tball\n",
                   DataFormat::kTsv, options);
  CHECK(records.rows() == Rows{{"space", "moon\torbit\nand \"more\""}, {"baseball", "ball"}});
  CHECK(records.description == "tsv, quoted, header row, label in \"label\", text in \"text\"");
}

TEST_CASE("CSV: without quoting, quotes are text and a record is a line") {
  ReadOptions options;
  options.quoting = Quoting::kNone;
  const ReadRecords records =
      read_records("label,text\nspace,\"moon\n\"space\",orbit \"\"\n", DataFormat::kCsv, options);
  CHECK(records.rows() == Rows{{"space", "\"moon"}, {"\"space\"", "orbit \"\""}});
  CHECK(records.description == "csv, no quoting, header row, label in \"label\", text in \"text\"");
  CHECK(records.counts.stray_quotes == 0);
}

TEST_CASE("CSV: without quoting, quotes do not hide a delimiter from its detection") {
  ReadOptions options;
  options.quoting = Quoting::kNone;
  options.columns.no_header = true;
  CHECK(read_records("space;\"moon\nball;bat\"\n\"x;y\n", DataFormat::kCsv, options).rows() ==
        Rows{{"space", "\"moon"}, {"ball", "bat\""}, {"\"x", "y"}});
}

TEST_CASE("CSV: the delimiter is the one that splits the header into known names") {
  const ReadRecords records = csv("label;text\nspace;moon, orbit | ball\nball;1,5\n");
  CHECK(records.error.empty());
  CHECK(records.rows() == Rows{{"space", "moon, orbit | ball"}, {"ball", "1,5"}});
  CHECK(records.description ==
        "csv, \";\"-separated, header row, label in \"label\", text in \"text\"");
  CHECK(csv("label\ttext\nspace\tmoon, orbit\n").description ==
        "csv, tab-separated, header row, label in \"label\", text in \"text\"");
  CHECK(csv("label|text\nspace|moon, orbit; ball\n").rows() ==
        Rows{{"space", "moon, orbit; ball"}});
  CHECK(csv("label,text\nspace,a;b|c\n").rows() == Rows{{"space", "a;b|c"}});
  CHECK(csv("\"label\";\"text\"\nspace;\"1,5; \"\"2\"\"\n\"\n").rows() ==
        Rows{{"space", "1,5; \"2\"\n"}});
  CHECK(csv("Betreff;Klasse\nmoon, orbit;space\n", {.text = {{"Betreff"}}, .label = "Klasse"})
            .rows() == Rows{{"space", "moon, orbit"}});
  CHECK(csv("nr;kind\n1,5;space\n", {.text = {{"nr"}}, .label = "kind"}).rows() ==
        Rows{{"space", "1,5"}});
}

TEST_CASE("CSV: without a known name, the first records must have the same number of fields") {
  const auto rows = [](std::string_view bytes) { return csv(bytes, kNoHeader).rows(); };
  CHECK(rows("space;moon, orbit\nball;bat\n") == Rows{{"space", "moon, orbit"}, {"ball", "bat"}});
  CHECK(rows("space;\"moon\n; orbit\"\nball;1,5\nball;2,5") ==
        Rows{{"space", "moon\n; orbit"}, {"ball", "1,5"}, {"ball", "2,5"}});
  CHECK(rows("space|moon\nball|bat") == Rows{{"space", "moon"}, {"ball", "bat"}});
  // A comma stays the delimiter if nothing speaks against it.
  CHECK(rows("space,moon; orbit\nball,bat; glove\n") ==
        Rows{{"space", "moon; orbit"}, {"ball", "bat; glove"}});
  CHECK(texts("the moon; the orbit\nballs and bats\n").texts() ==
        Words{"the moon; the orbit", "balls and bats"});
  CHECK(texts("the moon; the orbit\n").texts() == Words{"the moon; the orbit"});
  CHECK(texts("text\nthe moon; the orbit\n").texts() == Words{"the moon; the orbit"});
}

TEST_CASE("CSV: a line sep= sets the delimiter and is not a record") {
  for (const char* bytes : {"sep=;\nlabel;text\nspace;moon, orbit\n",
                            "\uFEFFSEP=;\r\nlabel;text\r\nspace;moon, orbit\r\n",
                            "sep=#\nlabel#text\nspace#moon, orbit\n"}) {
    const ReadRecords records = csv(bytes);
    CHECK(records.error.empty());
    CHECK(records.rows() == Rows{{"space", "moon, orbit"}});
    CHECK(records.lines == std::vector<std::int64_t>{3});
  }
  CHECK(csv("sep=;\nlabel;text\nspace\n").error ==
        "data, line 3: number of fields must be 2 as in the header, got 1; give every record the "
        "same number of fields");
  CHECK(csv("sep=;").documents.empty());
  // A byte of a longer character is no delimiter: this one would split é into C3 and A9.
  CHECK(csv("sep=\xA9\nlabel\u00e9text\nspace\u00e9moon\n").error ==
        "data, line 1: cannot tell whether this record is a header: 'sep=\u00a9'");
  CHECK(csv("sep=\"\nlabel,text\nspace,moon\n").error ==
        "data, line 1: cannot tell whether this record is a header: 'sep=\"'");
}

TEST_CASE("CSV: a delimiter that is named is not detected") {
  ReadOptions options;
  options.delimiter = '#';
  const ReadRecords records =
      read_records("sep=;\nlabel#text\nspace#a,b;c\n", DataFormat::kCsv, options);
  CHECK(records.rows() == Rows{{"space", "a,b;c"}});
  CHECK(records.description ==
        "csv, \"#\"-separated, header row, label in \"label\", text in \"text\"");
  options.delimiter = ';';
  CHECK(read_records("label;text\nspace;a\tb\n", DataFormat::kTsv, options).rows() ==
        Rows{{"space", "a\tb"}});
}

TEST_CASE("CSV: lines may end at CR alone") {
  const ReadRecords records = csv("label,text\rspace,\"moon\rorbit\"\r\rball,bat");
  CHECK(records.error.empty());
  CHECK(records.rows() == Rows{{"space", "moon\rorbit"}, {"ball", "bat"}});
  CHECK(records.lines == std::vector<std::int64_t>{2, 5});
  CHECK(csv("label,text\rspace,moon\rspace,\"a\rb").error ==
        "data, line 3, column 7: this quoted field has no closing quote");
}

TEST_CASE("CSV: well-known names match in any case, and earlier names take precedence") {
  CHECK(csv("Body,TITLE,Category\nmoon,orbit,space\n").rows() == Rows{{"space", "moon"}});
  CHECK(csv("description,subject,Topic\nmoon,orbit,space\n").rows() == Rows{{"space", "orbit"}});
  CHECK(csv("topic,class,message\nbaseball,space,moon\n").rows() == Rows{{"space", "moon"}});
}

TEST_CASE("CSV: the only column besides the label is the text, whatever its name") {
  const ReadRecords records = csv("label,utterance\nspace,moon\n");
  CHECK(records.rows() == Rows{{"space", "moon"}});
  CHECK(records.description == "csv, header row, label in \"label\", text in \"utterance\"");
  CHECK(csv("nr,label,utterance\n7,space,moon\n", {.id = "nr"}).rows() == Rows{{"space", "moon"}});
}

TEST_CASE("CSV: options select columns by name") {
  const ReadRecords records =
      csv("nr,kind,headline,text\n7,space,Moon!,the moon\n8,baseball,Ball!,a ball\n",
          {.text = {{"headline", 5}, {"text"}}, .label = "kind", .id = "nr"});
  CHECK(records.rows() == Rows{{"space", "Moon!\nthe moon"}, {"baseball", "Ball!\na ball"}});
  CHECK(records.ids() == Words{"7", "8"});
  CHECK(records.description ==
        "csv, header row, label in \"kind\", text in \"headline\" (5 times) and \"text\", id in "
        "\"nr\"");
  const std::vector<TextPart>& parts = records.documents[0].parts;
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].end == 5);
  CHECK(parts[0].weight == 5);
  CHECK(parts[1].end == 14);
  CHECK(parts[1].weight == 1);
  CHECK_FALSE(records.documents[0].may_be_post);
}

TEST_CASE("CSV: a text column with a weight is stored as a part, even if it is empty") {
  const ReadRecords once = csv("label,text\nspace,moon\n", {.text = {{"text", 3}}});
  REQUIRE(once.documents.size() == 1);
  REQUIRE(once.documents[0].parts.size() == 1);
  CHECK(once.documents[0].parts[0].weight == 3);
  CHECK_FALSE(once.documents[0].may_be_post);
  const ReadRecords empty =
      csv("label,title,text\nspace,,\n", {.text = {{"title", 2}, {"text"}, {"title"}}});
  REQUIRE(empty.documents.size() == 1);
  CHECK(empty.documents[0].text == "\n\n");
  CHECK(empty.documents[0].parts.size() == 3);
  CHECK(empty.counts.empty == 1);
}

TEST_CASE("CSV: options select columns by number from 1, with or without a header") {
  const ColumnOptions numbers{.text = {{"3"}, {"2", 2}}, .label = "1"};
  CHECK(csv("label,title,text\nspace,Moon!,the moon\n", numbers).rows() ==
        Rows{{"space", "the moon\nMoon!"}});
  ColumnOptions no_header = numbers;
  no_header.no_header = true;
  const ReadRecords records = csv("space,Moon!,the moon\n", no_header);
  CHECK(records.rows() == Rows{{"space", "the moon\nMoon!"}});
  CHECK(records.description ==
        "csv, no header row, label in \"1\", text in \"3\" and \"2\" (2 times)");
}

TEST_CASE("CSV: a number given as a column is a name if the header contains it") {
  CHECK(csv("2,label,text\nmoon,space,orbit\n", {.text = {{"2"}}}).rows() ==
        Rows{{"space", "moon"}});
  CHECK(csv("2023,2024\nspace,moon\n", {.text = {{"2024"}}, .label = "2023"}).rows() ==
        Rows{{"space", "moon"}});
}

TEST_CASE("CSV: a first record is not taken as a header because it contains a column number") {
  const ReadRecords records = csv("1,moon\n2,ball\n", {.text = {{"2"}}, .label = "1"});
  CHECK(records.documents.empty());
  CHECK(records.error == "data, line 1: cannot tell whether this record is a header: '1', 'moon'");
  CHECK(csv("1,moon\n2,ball\n", {.text = {{"2"}}, .label = "1", .no_header = true}).rows() ==
        Rows{{"1", "moon"}, {"2", "ball"}});
}

TEST_CASE("CSV: without a header the first column is the label and all others are the text") {
  const ReadRecords records = csv("label,moon,orbit\nspace,ball,\n", kNoHeader);
  CHECK(records.rows() == Rows{{"label", "moon\norbit"}, {"space", "ball\n"}});
  CHECK(records.description == "csv, no header row, label in \"1\", text in \"2\" and \"3\"");
  CHECK(csv("moon\n", kNoHeader).error == "data, line 1: no column is left for the label");
}

TEST_CASE("CSV: a single column of texts may have a header or not") {
  const ReadRecords records = texts("moon\n\"ball, bat\"\n");
  CHECK(records.texts() == Words{"moon", "ball, bat"});
  CHECK(records.description == "csv, no header row, text in \"1\"");
  CHECK(texts("text\nmoon\n").texts() == Words{"moon"});
  CHECK(texts("text\nmoon\n", kNoHeader).texts() == Words{"text", "moon"});
}

TEST_CASE("CSV: if labels are not required, they are not text and no record is skipped") {
  const ReadRecords records = texts("label,text\n,moon\nspace,orbit\n");
  CHECK(records.texts() == Words{"moon", "orbit"});
  CHECK(records.counts.unlabelled == 0);
  CHECK(records.description == "csv, header row, text in \"text\"");
  CHECK(texts("label,utterance\nspace,moon\n").texts() == Words{"moon"});
}

TEST_CASE("CSV: a first record that may or may not be a header is refused and shown") {
  CHECK(csv("space,moon\n").error ==
        "data, line 1: cannot tell whether this record is a header: 'space', 'moon'");
  CHECK(csv("\nspace,\"moon orbit, and what is round it\",b,c,d\n").error ==
        "data, line 2: cannot tell whether this record is a header: 'space', 'moon orbit, and what "
        "is round …', 'b', 'c'");
  CHECK(csv("é,月月月月月月月月月月月\n").error ==
        "data, line 1: cannot tell whether this record is a header: 'é', '月月月月月月月月月月…'");
}

TEST_CASE("CSV: an unknown column is an error that suggests a close match") {
  const std::string header = "label,text,headline\nspace,moon,orbit\n";
  CHECK(csv(header, {.text = {{"headlien"}}}).error ==
        "data, line 1: no column 'headlien' for the text (did you mean 'headline'?)");
  CHECK(csv(header, {.label = "kind"}).error ==
        "data, line 1: no column 'kind' for the label (the columns are label, text, "
        "headline)");
  CHECK(csv(header, {.id = "nr"}).error ==
        "data, line 1: no column 'nr' for the id (the columns are label, text, headline)");
  CHECK(csv(header, {.text = {{"Text"}}}).error ==
        "data, line 1: no column 'Text' for the text (did you mean 'text'?)");
  CHECK(csv(header, {.text = {{"4"}}}).error ==
        "data, line 1: no column '4' for the text (columns are numbered from 1 to 3)");
  CHECK(csv(header, {.label = "0"}).error ==
        "data, line 1: no column '0' for the label (columns are numbered from 1 to 3)");
  CHECK(csv("space,moon\n", {.label = "label", .no_header = true}).error ==
        "data, line 1: no column 'label' for the label (without a header, columns are "
        "numbers from 1)");
}

TEST_CASE("CSV: columns that cannot be detected are an error that lists the columns") {
  CHECK(csv("kind,text\nspace,moon\n").error ==
        "data, line 1: no column is named label, class, category, target or topic (the "
        "columns are kind, text)");
  CHECK(csv("label,a,b\nspace,moon,orbit\n").error ==
        "data, line 1: cannot detect the text column (the columns are label, a, b)");
  CHECK(csv("label\nspace\n").error ==
        "data, line 1: cannot detect the text column (the columns are label)");
}

TEST_CASE("CSV: long header fields are shortened in messages") {
  CHECK(csv("label,a," + std::string(1000, 'x') + "\n").error ==
        "data, line 1: cannot detect the text column (the columns are label, a, " +
            std::string(30, 'x') + "…)");
}

TEST_CASE("CSV: an id column is found by its name, and is not text") {
  const ReadRecords records = csv("ID,label,utterance\n7,space,moon\n,ball,bat\n");
  CHECK(records.error.empty());
  CHECK(records.rows() == Rows{{"space", "moon"}, {"ball", "bat"}});
  CHECK(records.ids() == Words{"7", ""});
  CHECK(records.description ==
        "csv, header row, label in \"label\", text in \"utterance\", id in \"ID\"");
  CHECK(csv("text,label,document_id,id\nmoon,space,7,8\n").ids() == Words{"8"});
  CHECK(csv("text,label,doc_id\nmoon,space,7\n", {.id = "label"}).error ==
        "data, line 1: no column is named label, class, category, target or topic (the columns are "
        "text, label, doc_id)");
  // The only column besides the label is the text.
  CHECK(csv("id,label\nmoon,space\n").rows() == Rows{{"space", "moon"}});
  CHECK(csv("id,label\nmoon,space\n").ids() == Words{""});
  CHECK(csv("id,label\nmoon,space\n", {.text = {{"id"}}}).ids() == Words{""});
}

TEST_CASE("CSV: columns without a name, such as the row numbers of pandas, are not text") {
  CHECK(csv(",label,utterance\n0,space,moon\n").rows() == Rows{{"space", "moon"}});
  CHECK(csv("label,utterance,\nspace,moon,\n").rows() == Rows{{"space", "moon"}});
}

TEST_CASE("CSV: a label or id column that may be missing is used only if it exists") {
  const ColumnOptions columns{
      .label = "kind", .id = "nr", .label_may_lack = true, .id_may_lack = true};
  const ReadRecords both = texts("nr,kind,utterance\n7,space,moon\n", columns);
  CHECK(both.texts() == Words{"moon"});
  CHECK(both.ids() == Words{"7"});
  CHECK(texts("utterance,label\nmoon,space\n", columns).texts() == Words{"moon"});
  CHECK(texts("moon\norbit\n", columns).texts() == Words{"moon", "orbit"});
  CHECK(csv("text,label\nmoon,space\n", columns).error ==
        "data, line 1: no column 'kind' for the label (the columns are text, label)");
  const ColumnOptions first{.label = "1", .no_header = true, .label_may_lack = true};
  CHECK(texts("moon\norbit\n", first).texts() == Words{"moon", "orbit"});
  CHECK(texts("space,moon\n", first).texts() == Words{"moon"});
}

TEST_CASE("CSV: labels that are numbers are replaced by their names") {
  ReadOptions options;
  options.label_names = {"space", "ball", "10"};
  const auto read = [&](std::string_view bytes, Need need = Need::kLabels) {
    return read_records(bytes, DataFormat::kCsv, options, need);
  };
  CHECK(read("label,text\n0,moon\n2,ten\n1,bat\n,x\n").rows() ==
        Rows{{"space", "moon"}, {"10", "ten"}, {"ball", "bat"}});
  CHECK(read("label,text\n0,moon\n2,ten\n1,bat\n,x\n").counts.unlabelled == 1);
  const std::string problem =
      ": the label must be an integer from 0 to 2, the number of a label name, got ";
  for (const char* label : {"3", "-1", "1.0", "space", "99999999999999999999", " 1"}) {
    const ReadRecords records = read("label,text\n0,moon\n" + std::string(label) + ",bat\n");
    CHECK(records.rows() == Rows{{"space", "moon"}});
    CHECK(records.error == "data, line 3" + problem + "'" + label + "'");
  }
  options.labels = {"ball"};
  CHECK(read("label,text\n0,moon\n1,bat\n").rows() == Rows{{"ball", "bat"}});
  CHECK(read("label,text\n9,moon\n", Need::kTexts).texts() == Words{"moon"});
}

TEST_CASE("CSV: a column chosen for label, text or id is not used for another of them") {
  CHECK(csv("class,topic\nmoon,space\n", {.text = {{"class"}}}).rows() == Rows{{"space", "moon"}});
  CHECK(csv("label,topic,text\n7,space,moon\n", {.id = "label"}).rows() == Rows{{"space", "moon"}});
  CHECK(csv("class,other\nmoon,space\n", {.text = {{"class"}}}).error ==
        "data, line 1: no column is named label, class, category, target or topic (the "
        "columns are class, other)");
  CHECK(csv("title,sentence\nspace,moon\n", {.label = "title"}).rows() == Rows{{"space", "moon"}});
}

TEST_CASE("CSV: a record with a different number of fields is refused") {
  CHECK(error_for("baseball") ==
        "data, line 3: number of fields must be 2 as in the header, got 1; give every record the "
        "same number of fields");
  CHECK_THAT(error_for("baseball,ball,bat\n"),
             Contains("line 3: number of fields must be 2 as in the header, got 3"));
  CHECK_THAT(error_for("baseball,ball,\n"),
             Contains("line 3: number of fields must be 2 as in the header, got 3"));
  CHECK_THAT(error_for("  \n"),
             Contains("line 3: number of fields must be 2 as in the header, got 1"));
  CHECK(csv("space,moon\nbaseball\n", kNoHeader).error ==
        "data, line 2: number of fields must be 2 as in the first record, got 1; give every record "
        "the same number of fields");
}

TEST_CASE("CSV: a quote inside an unquoted field is text, and its record is counted") {
  CHECK(text_of("5\" disk") == "5\" disk");
  CHECK(text_of("37°36'37.8\"N") == "37°36'37.8\"N");
  CHECK(text_of(" \"moon\"") == " \"moon\"");
  CHECK(text_of("moon\"\"") == "moon\"\"");
  CHECK(text_of("\"moon\" orbit") == "moon orbit");
  CHECK(text_of("\"moon\" \"orbit\"") == "moon \"orbit\"");
  const ReadRecords records =
      csv("label,text\nspace,5\" disk\nspa\"ce,\"moon\"x\nspace,\"a \"\"b\"\"\"\nball,\"bat\"\n");
  CHECK(records.rows() ==
        Rows{{"space", "5\" disk"}, {"spa\"ce", "moonx"}, {"space", "a \"b\""}, {"ball", "bat"}});
  CHECK(records.counts.stray_quotes == 2);
  CHECK(csv("label,te\"xt\nspace,moon\n").rows() == Rows{{"space", "moon"}});
}

TEST_CASE("CSV: text after a quoted field of several lines is refused, with both places") {
  CHECK(error_for("\"spa\r\nce\",\"moon\norbit\"x\n") ==
        "data, line 5, column 7: text after the closing quote of the field that opens at line 4, "
        "column 5");
  // The quotes of two records: read as one, the first label would be lost.
  CHECK(error_for("space,\"moon\nball,bat\nspace,\"orbit\"\n") ==
        "data, line 5, column 8: text after the closing quote of the field that opens at line 3, "
        "column 7");
}

TEST_CASE("CSV: a quote that is never closed is refused where it opens") {
  const std::string problem = ": this quoted field has no closing quote";
  CHECK(error_for("baseball,\"ball") == "data, line 3, column 10" + problem);
  CHECK(error_for("baseball,\"ball\nspace,moon\nspace,orbit\n") ==
        "data, line 3, column 10" + problem);
  CHECK(error_for("\"base\nball\",\"ball\n\nspace,moon\n") == "data, line 4, column 7" + problem);
  CHECK(error_for("\"") == "data, line 3, column 1" + problem);
  CHECK(error_for("a,\"\"\"") == "data, line 3, column 3" + problem);
  CHECK(csv("label,\"text\nspace,moon\n").error == "data, line 1, column 7" + problem);
}

TEST_CASE("CSV: UTF-16 is detected by its byte order mark") {
  CHECK(csv(utf16("\uFEFFlabel,text\nspace,\"moon\nü\"\n")).rows() == Rows{{"space", "moon\nü"}});
  CHECK(tsv(utf16("\uFEFFlabel\ttext\nspace\t月\n")).rows() == Rows{{"space", "月"}});
  CHECK(csv(utf16("\uFEFFlabel,text\nspace,moon\n")).description ==
        "csv, UTF-16LE, header row, label in \"label\", text in \"text\"");
}

TEST_CASE("CSV: a label with bytes that cannot be decoded is an error") {
  const std::string bytes = "label,text\nspace,\x81\nspa\x81,moon\n";
  const ReadRecords records = csv(bytes);
  CHECK(records.rows() == Rows{{"space", "\uFFFD"}});
  CHECK(records.error ==
        "data, line 3: the label 'spa\uFFFD' contains bytes that are not valid in UTF-8");
  CHECK(read_records(bytes, DataFormat::kCsv, ReadOptions(), Need::kTexts).error.empty());
}

TEST_CASE("CSV: labels that differ in white space or Unicode form are one label") {
  const ReadRecords records =
      csv("label,text\n space\t,a\nspace,b\n\"\u00a0cafe\u0301\u3000\",c\ncaf\u00e9,d\n \t,e\n");
  CHECK(records.rows() ==
        Rows{{"space", "a"}, {"space", "b"}, {"caf\u00e9", "c"}, {"caf\u00e9", "d"}});
  CHECK(records.counts.cleaned_labels == 2);
  CHECK(records.counts.unlabelled == 1);
}

TEST_CASE("CSV: invalid UTF-8 is read as Windows-1252 or Latin-1, or refused") {
  const std::string bytes = "label,text\nspace,caf\xe9\nspace,café\n";
  const auto read = [&](InvalidUtf8 policy) {
    ReadOptions options;
    options.invalid_utf8 = policy;
    return read_records(bytes, DataFormat::kCsv, options);
  };
  CHECK(read(InvalidUtf8::kReplace).texts() == Words{"café", "café"});
  CHECK(read(InvalidUtf8::kReplace).counts.repaired == 1);
  CHECK(read(InvalidUtf8::kLatin1).texts() == Words{"café", "café"});
  CHECK(read(InvalidUtf8::kLatin1).counts.repaired == 1);
  CHECK(read(InvalidUtf8::kError).error == "data, line 2: byte 9 (0xe9) is not UTF-8");
}
