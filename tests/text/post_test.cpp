// SPDX-License-Identifier: MIT
#include "newsclf/text/post.hpp"

#include "support/support.hpp"

using namespace newsclf;

namespace {

std::string without_quotes(std::string_view body) {
  std::string lines;
  for (const std::string_view line : unquoted_lines(body)) lines += line;
  return lines;
}

}  // namespace

TEST_CASE("a post has headers, a subject and a body") {
  const auto post = parse_post("From: a@b.c\nSubject: Re: Moon bases \nLines: 2\n\nHello.\nBye.\n");
  REQUIRE(post);
  CHECK(post->headers == "From: a@b.c\nSubject: Re: Moon bases \nLines: 2\n");
  CHECK(post->subject == "Re: Moon bases");
  CHECK(post->body == "Hello.\nBye.\n");
}

TEST_CASE("the parts of a post are views into its text") {
  const std::string text = "Subject: moon\n\norbit";
  const auto post = parse_post(text);
  REQUIRE(post);
  CHECK(post->headers.data() == text.data());
  CHECK(post->subject.data() == text.data() + 9);
  CHECK(post->body.data() == text.data() + 15);
}

TEST_CASE("a folded subject continues on lines that begin with a space or a tab") {
  const auto post =
      parse_post("Subject: Moon\n bases\n\tand orbits\nFrom: a@b.c\n dropped\n\nbody");
  REQUIRE(post);
  CHECK(post->subject == "Moon\n bases\n\tand orbits");
  CHECK(post->body == "body");
}

TEST_CASE("a subject may begin on the line after its name") {
  const auto post = parse_post("Subject:\n moon bases\n\nbody");
  REQUIRE(post);
  CHECK(post->subject == "moon bases");
}

TEST_CASE("lines of a post may end with CR and LF") {
  const auto post = parse_post("Subject: Moon\r\n bases\r\nFrom: a@b.c\r\n\r\nHello.\r\n");
  REQUIRE(post);
  CHECK(post->headers == "Subject: Moon\r\n bases\r\nFrom: a@b.c\r\n");
  CHECK(post->subject == "Moon\r\n bases");
  CHECK(post->body == "Hello.\r\n");
}

TEST_CASE("a header name matches in any case, and only as a whole") {
  REQUIRE(parse_post("SUBJECT: moon\n\n"));
  CHECK(parse_post("sUbJeCt:moon\n\n")->subject == "moon");
  CHECK_FALSE(parse_post("X-Subject: moon\n\n"));
  CHECK_FALSE(parse_post("Subjects: moon\n\n"));
}

TEST_CASE("the first of two subjects is used") {
  const auto post = parse_post("Subject: moon\nSubject: ball\n bat\n\n");
  REQUIRE(post);
  CHECK(post->subject == "moon");
}

TEST_CASE("a post may have an empty subject and an empty body") {
  const auto post = parse_post("Subject:\n\n");
  REQUIRE(post);
  CHECK(post->subject.empty());
  CHECK(post->body.empty());
}

TEST_CASE("a header value may contain colons and non-ASCII bytes") {
  const auto post = parse_post("Subject: Mond: größer\n\nbody");
  REQUIRE(post);
  CHECK(post->subject == "Mond: größer");
}

TEST_CASE("a header block without a subject does not make a post") {
  CHECK_FALSE(parse_post("From: a@b.c\nLines: 2\n\nSubject: moon\n\n"));
}

TEST_CASE("a text whose first line is not a header is not a post") {
  CHECK_FALSE(parse_post("Hello there\nSubject: moon\n\nbody"));
  CHECK_FALSE(parse_post("see below: moon\nSubject: moon\n\nbody"));
  CHECK_FALSE(parse_post(": nameless\nSubject: moon\n\nbody"));
  CHECK_FALSE(parse_post("größe: 3\nSubject: moon\n\nbody"));
}

TEST_CASE("a text that begins with a folded or a blank line is not a post") {
  CHECK_FALSE(parse_post(" folded\nSubject: moon\n\nbody"));
  CHECK_FALSE(parse_post("\nSubject: moon\n\nbody"));
}

TEST_CASE("a text with a line that is not a header in its header block is not a post") {
  CHECK_FALSE(parse_post("Subject: moon\nHello there\n\nbody"));
}

TEST_CASE("an empty text is not a post") { CHECK_FALSE(parse_post("")); }

TEST_CASE("a header block that does not end with a blank line does not make a post") {
  CHECK_FALSE(parse_post("Subject: moon"));
  CHECK_FALSE(parse_post("Subject: moon\nFrom: a@b.c\n"));
}

TEST_CASE("quoted lines and lines that introduce a quote are stripped") {
  CHECK(without_quotes("In article <1@b.c> a@b.c (A) writes:\n"
                       "> the moon\n"
                       "| the ball\n"
                       "I agree.\n"
                       "Quoted from a@b.c\n"
                       "A wrote: no\n"
                       "A says: no\n"
                       "A said: no\n"
                       "A writes in <2@b.c>\n"
                       "Bye.\n") == "I agree.\nBye.\n");
}

TEST_CASE("lines that only look like a quote are kept") {
  const std::string body =
      "  > indented\n"
      "a > b\n"
      "a | b\n"
      "in article 5\n"
      "see In article 5\n"
      "He Writes: nothing\n"
      "he writes, and said\n";
  CHECK(without_quotes(body) == body);
}

TEST_CASE("the lines that remain keep their line ends") {
  CHECK(without_quotes("one\r\n> two\r\n\r\nthree") == "one\r\n\r\nthree");
  CHECK(without_quotes("> one") == "");
  CHECK(without_quotes("") == "");
}

TEST_CASE("a footer begins at the last blank line or line of hyphens") {
  CHECK(strip_footer("one\n\ntwo\n\nA. Author\na@b.c\n") == "one\n\ntwo");
  CHECK(strip_footer("one\n\ntwo\n--\nA. Author\n") == "one\n\ntwo");
  CHECK(strip_footer("one\n \t \nA. Author") == "one");
  CHECK(strip_footer("one\n  ------- \nA. Author") == "one");
  CHECK(strip_footer("one\r\n\r\nA. Author\r\n") == "one\r");
}

TEST_CASE("blank lines at the end of a body do not begin a footer") {
  CHECK(strip_footer("one\n\ntwo\n\n\n\n") == "one");
}

TEST_CASE("a body of one paragraph has no footer") {
  CHECK(strip_footer("one\ntwo - three\n-- four\n") == "one\ntwo - three\n-- four");
  CHECK(strip_footer("one") == "one");
}

TEST_CASE("a first line of hyphens does not begin a footer") {
  CHECK(strip_footer("---\none\ntwo") == "---\none\ntwo");
  CHECK(strip_footer("---") == "---");
}

TEST_CASE("a blank body without its footer is empty") {
  CHECK(strip_footer("") == "");
  CHECK(strip_footer(" \n\n\t\n") == "");
}

TEST_CASE("a reply and a reply to it belong to the thread of the first post") {
  CHECK(thread_of("Moon bases") == "moon bases");
  CHECK(thread_of("Re: Moon bases") == "moon bases");
  CHECK(thread_of("RE:re: Re:   Moon bases ") == "moon bases");
}

TEST_CASE("white space does not change the thread") {
  CHECK(thread_of(" \t Moon\n\tbases  and\r\n orbits ") == "moon bases and orbits");
}

TEST_CASE("only a leading Re: is removed from the name of a thread") {
  CHECK(thread_of("Moon Re: bases") == "moon re: bases");
  CHECK(thread_of("Regarding: bases") == "regarding: bases");
  CHECK(thread_of("More: bases") == "more: bases");
}

TEST_CASE("a subject of only Re: has no thread") {
  CHECK(thread_of("").empty());
  CHECK(thread_of(" Re: RE: ").empty());
}
