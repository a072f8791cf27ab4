// What `fivefifty setup` has to know, and how it is read from what people type. Pure but for the file of
// mailboxes, which is looked at. The error of each function says what was expected and what was read.
#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace milter {

using Words = std::vector<std::string>;

struct SiteAnswers {
  std::string host;        // our name in replies and in Authentication-Results
  Words local, relay;      // domains or patterns, in normal form; local has one at least
  Words networks;          // of clients that may relay
  std::string layout;      // mta-decides, filter-decides
  std::string recipients;  // absolute path of the file of mailboxes; "" is none
  std::string contact;     // for people who were refused; "" is none
  std::string help;        // where the help pages are; "" is nowhere
};

// What stands between commas and blanks.
Words words_of(std::string_view text);

using Word = tl::expected<std::string, std::string>;

Word read_host(std::string_view text);
tl::expected<Words, std::string> read_domains(std::string_view text);
tl::expected<Words, std::string> read_some_domains(std::string_view text);  // one at least
tl::expected<Words, std::string> read_networks(std::string_view text);  // also as Postfix has them, [::1]/128
Word read_layout(std::string_view text);
Word read_mailboxes_path(std::string_view text);
Word read_contact(std::string_view text);
Word read_help_url(std::string_view text);

}  // namespace milter
