#include "tests/unit/dkim/mutant.h"

#include <algorithm>
#include <array>
#include <random>

namespace milter::test {
namespace {

class Maker {
 public:
  explicit Maker(std::uint32_t seed) : dice_(seed) {}

  Mutant make() {
    out_.mail = {.fields = header(), .body = body()};
    auto signing = how();
    sign(out_.mail, signing);
    out_.records = {record(signing)};
    for (std::size_t left = below(4); left > 0; --left) change();
    for (auto& field : out_.mail.fields) mend(field.value);
    return std::move(out_);
  }

 private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(dice_); }
  bool one_in(std::size_t n) { return below(n) == 0; }

  template <std::size_t N>
  std::string_view pick(const std::array<std::string_view, N>& from) {
    return from[below(N)];
  }

  std::string repeat(std::size_t most, auto piece) {
    std::string out;
    for (auto left = below(most + 1); left > 0; --left) out += piece();
    return out;
  }

  std::string_view blank() {
    static constexpr std::array<std::string_view, 6> kBlanks{" ", "  ", "\t", " \t ", "\t\t", "   "};
    return pick(kBlanks);
  }

  // What stands in headers and bodies; once in a while what should not.
  std::string_view word() {
    static constexpr std::array<std::string_view, 9> kWords{
        "a", "Hello", ";", "=", "b=", "word:", "\xc3\xbc", ".", "x"};
    static constexpr std::array<std::string_view, 5> kOdd{"\r", "\v", "\f", "\xff", "\x7f"};
    return one_in(200) ? pick(kOdd) : pick(kWords);
  }

  std::string value() {
    auto out = one_in(10) ? std::string() : std::string(" ");
    out += repeat(6, [&] { return std::string(word()) + (one_in(3) ? fold() : std::string(blank())); });
    return out;
  }

  std::string fold() { return (one_in(4) ? " \r\n" : "\r\n") + std::string(blank()) + "z"; }

  std::vector<HeaderField> header() {
    static constexpr std::array<std::string_view, 7> kNames{"Subject", "subject", "To",    "Date",
                                                            "X-A",     "CC",      "X-Long"};
    std::vector<HeaderField> out{{"From", " ann@example.org"}};
    for (auto left = below(7); left > 0; --left) out.push_back({std::string(pick(kNames)), value()});
    if (one_in(8))
      out.insert(out.begin() + static_cast<std::ptrdiff_t>(below(out.size() + 1)),
                 {"DKIM-Signature", " v=1; a=rsa-sha256; d=example.net; s=x; h=from; bh=AAAA; b=AAAA"});
    return out;
  }

  std::string body() {
    return repeat(8, [&] {
      auto line = repeat(5, [&] { return std::string(one_in(3) ? blank() : word()); });
      return line + (one_in(3) ? "\r\n\r\n" : "\r\n");
    });
  }

  std::vector<std::string> names() {
    static constexpr std::array<std::string_view, 8> kNames{"subject", "To",     "date",   "x-a",
                                                            "Cc",      "x-none", "x-long", "dkim-signature"};
    std::vector<std::string> out;
    const auto common = kNames.size() - (one_in(12) ? 0 : 1);
    for (auto left = below(8); left > 0; --left) out.emplace_back(kNames[below(common)]);
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(below(out.size() + 1)), one_in(2) ? "from" : "From");
    if (one_in(3)) out.emplace_back("from");
    return out;
  }

  Signing how() {
    Signing out{.key = one_in(3) ? "ed25519" : "rsa1024",
                .headers = one_in(2) ? "simple" : "relaxed",
                .body = one_in(2) ? "simple" : "relaxed",
                .fields = names()};
    if (one_in(12)) out.hash = "sha1", out.key = "rsa1024";
    if (one_in(5)) out.length = below(canonical_body(out_.mail.body, out.body).size() + 1);
    out.tags = tags(out);
    return out;
  }

  // The tag list, in any order and with white space wherever it may stand.
  std::string tags(const Signing& signing) {
    std::vector<std::string> list{"v=1", "c={c}", "d=example.org", "s=k1", "h={h}", "bh={bh}", "b={b}"};
    list.push_back("a=" + (signing.key == "ed25519" ? std::string("ed25519-sha256") : "rsa-" + signing.hash));
    if (signing.length) list.push_back("l=" + std::to_string(*signing.length));
    static constexpr std::array<std::string_view, 6> kUsual{
        "q=dns/txt",    "i=@example.org", "i=ann@news.example.org",
        "t=1795521600", "x=1795531600",   "z=From:x|To:y"};
    static constexpr std::array<std::string_view, 18> kMore{"q=dns/txt",
                                                            "q=x/y:dns/txt",
                                                            "i=@example.org",
                                                            "i=ann@news.example.org",
                                                            "i=a=40b@example.org",
                                                            "i=\xce\xb1@example.org",
                                                            "t=1795521600",
                                                            "t=0",
                                                            "x=1795531600",
                                                            "x=1795521600; t=1795521000",
                                                            "z=From:x|To:y",
                                                            "xb=1",
                                                            "zb = b=",
                                                            "r=y",
                                                            "z=b=",
                                                            "b1=x",
                                                            "l=0009999999",
                                                            "n="};
    if (one_in(2)) list.emplace_back(pick(kUsual));
    if (one_in(8)) list.emplace_back(pick(kMore));
    std::shuffle(list.begin(), list.end(), dice_);
    std::string out;
    for (const auto& tag : list) out += (out.empty() ? "" : ";") + spaced(tag);
    if (one_in(4)) out += one_in(2) ? ";" : "; ";
    return out;
  }

  std::string gap() { return one_in(20) ? (one_in(2) ? "\r\n " : std::string(blank())) : std::string(); }

  // No white space round {b}: a signer hashes what it leaves there.
  std::string spaced(const std::string& tag) {
    const auto equals = tag.find('=');
    const bool value = tag.starts_with("b=");
    return " " + gap() + tag.substr(0, equals) + gap() + "=" + (value ? "" : gap()) + tag.substr(equals + 1) +
           (value ? "" : gap());
  }

  std::string record(const Signing& signing) {
    std::string out = one_in(3) ? "v=DKIM1; " : "";
    if (signing.key == "ed25519") out += "k=ed25519; ";
    static constexpr std::array<std::string_view, 16> kMore{
        "k=rsa; ", "h=sha256; ", "h=sha1:sha256; ", "h=sha1; ", "h=; ",  "s=email; ",
        "s=*; ",   "s=; ",       "s=tlsrpt; ",      "t=s; ",    "t=y; ", "t=y:s; ",
        "n=a b; ", "g=*; ",      "v=DKIM1; ",       "; "};
    if (one_in(6)) out += pick(kMore);
    if (one_in(30)) return note("no key"), out + "p=";
    out += "p=" +
           (signing.key != "ed25519" && one_in(8) ? pkcs1_public_key(signing.key) : public_key(signing.key));
    return one_in(4) ? out + ";" : out;
  }

  std::string note(const std::string& what) { return out_.story += (out_.story.empty() ? "" : "; ") + what; }

  // A place in `text`, its end included.
  std::size_t place(const std::string& text) { return below(text.size() + 1); }

  void change_text(std::string& text, const std::string& what) {
    const auto at = place(text);
    switch (below(6)) {
      case 0:
        note(what + ": white space");
        text.insert(at, blank());
        break;
      case 1:
        note(what + ": octet gone");
        if (at < text.size()) text.erase(at, 1);
        break;
      case 2:
        note(what + ": octet changed");
        if (at < text.size()) text[at] = static_cast<char>(1 + below(255));
        break;
      case 3:
        note(what + ": word");
        text.insert(at, word());
        break;
      case 4:
        note(what + ": case");
        if (at < text.size() && text[at] >= 'A') text[at] = static_cast<char>(text[at] ^ 0x20);
        break;
      default:
        note(what + ": part twice");
        text.insert(at, text.substr(at, below(20)));
    }
  }

  HeaderField& any_field() { return out_.mail.fields[below(out_.mail.fields.size())]; }

  void change_body() {
    auto& text = out_.mail.body;
    switch (below(5)) {
      case 0:
        note("body: empty lines at the end");
        text += "\r\n\r\n";
        break;
      case 1:
        note("body: cut");
        text.resize(place(text));
        break;
      case 2:
        note("body: LF for CRLF");
        std::erase(text, '\r');
        break;
      default:
        change_text(text, "body");
    }
  }

  void change_header() {
    auto& fields = out_.mail.fields;
    switch (below(6)) {
      case 0:
        note("header: field twice");
        fields.insert(fields.begin() + 1 + static_cast<std::ptrdiff_t>(below(fields.size())), any_field());
        break;
      case 1:
        note("header: field gone");
        if (fields.size() > 2)
          fields.erase(fields.begin() + 1 + static_cast<std::ptrdiff_t>(below(fields.size() - 1)));
        break;
      case 2:
        note("header: order");
        std::swap(any_field(), fields[fields.size() - 1]);
        break;
      case 3:
        note("header: refolded");
        change_blank(any_field().value);
        break;
      default:
        change_text(any_field().value, "header");
    }
  }

  // A space becomes a fold, or a fold a space.
  void change_blank(std::string& text) {
    if (const auto fold = text.find("\r\n"); fold != std::string::npos)
      text.erase(fold, 2);
    else if (const auto space = text.find(' ', 1); space != std::string::npos)
      text.insert(space, "\r\n");
  }

  // As an MTA hands fields over: a line end only where white space follows.
  static void mend(std::string& text) {
    for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
      if (at + 1 == text.size() || (text[at + 1] != ' ' && text[at + 1] != '\t')) text.insert(at + 1, " ");
  }

  void change() {
    switch (below(6)) {
      case 0:
      case 1:
        return change_body();
      case 2:
        return change_text(out_.mail.fields.front().value, "signature");
      case 3:
        return change_text(out_.records.front(), "key");
      default:
        return change_header();
    }
  }

  std::mt19937 dice_;
  Mutant out_;
};

}  // namespace

Mutant make_mutant(std::uint32_t seed) { return Maker(seed).make(); }

}  // namespace milter::test
