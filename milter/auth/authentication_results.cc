#include "milter/auth/authentication_results.h"

#include <algorithm>
#include <array>

#include "milter/auth/field_writer.h"

namespace milter {
namespace {

// The words of RFC 8601 2.7 for any of our methods; others would be read as an unknown extension.
constexpr std::array<std::string_view, 9> kWords{"pass",      "fail",      "softfail", "neutral", "none",
                                                 "permerror", "temperror", "policy",   "hardfail"};

std::string_view known_word(std::string_view word) {
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end() ? word : "neutral";
}

// A fact, known or not, as a result and what explains it.
struct Reported {
  bool asked = false;
  std::string_view result;
  std::string_view reason;  // "" is none
};

// Views into `facts`.
Reported outcome_of(const policy::FactSet& facts, policy::FieldPath path, policy::FieldPath problem) {
  if (const auto* why = facts.why_none_of(path.group())) return {true, "temperror", why->reason};
  const auto* value = facts.value(path);
  if (value == nullptr) return {};
  // Known in part is not known: what it may be is no result to be claimed.
  if (const auto* why = policy::why_unknown(*value)) return {true, "temperror", why->reason};
  const auto* word = std::get_if<std::string>(value);
  if (word == nullptr || word->empty()) return {};
  return {true, known_word(*word), facts.text(problem)};
}

class Results {
 public:
  explicit Results(std::string_view authserv_id) : out_("Authentication-Results") {
    out_.add(word_or_quoted(authserv_id));
  }

  void method(std::string_view name, std::string_view result, std::string_view reason) {
    empty_ = false;
    out_.append(";");
    out_.next_line();
    out_.add(std::string(name) + '=' + std::string(result));
    if (!reason.empty()) out_.add("reason=" + quoted(reason));
  }
  void property(std::string_view name, std::string_view value) {
    if (!value.empty()) out_.add(std::string(name) + '=' + word_or_quoted(value));
  }

  std::string take() && {
    if (empty_) {
      out_.append(";");
      out_.add("none");
    }
    return std::move(out_).take();
  }

 private:
  FieldWriter out_;
  bool empty_ = true;
};

void add_spf(Results& results, const policy::FactSet& facts) {
  const auto spf = outcome_of(facts, "spf.result", "spf.problem");
  if (!spf.asked) return;
  results.method("spf", spf.result, spf.reason);
  if (facts.text("spf.identity") == "helo") return results.property("smtp.helo", facts.text("spf.domain"));
  const auto address = facts.text("sender.address");
  results.property("smtp.mailfrom", address.empty() ? facts.text("spf.domain") : address);
}

// "fail d=example.org s=2026 a=rsa-sha256 b=Wk4jR9xQ body hash did not verify", as the dkim check writes it.
void add_signature(Results& results, std::string_view text) {
  const auto take_word = [&text] {
    const auto blank = text.find(' ');
    const auto word = text.substr(0, blank);
    text = blank == std::string_view::npos ? std::string_view{} : text.substr(blank + 1);
    return word;
  };
  const auto result = known_word(take_word());
  std::array<std::pair<std::string_view, std::string_view>, 4> properties{
      {{"header.d", {}}, {"header.s", {}}, {"header.a", {}}, {"header.b", {}}}};
  for (auto& [name, value] : properties)
    if (text.size() > 1 && text[0] == name.back() && text[1] == '=') value = take_word().substr(2);
  results.method("dkim", result, text);
  for (const auto& [name, value] : properties) results.property(name, value);
}

void add_dkim(Results& results, const policy::FactSet& facts) {
  const auto dkim = outcome_of(facts, "dkim.result", "");
  if (!dkim.asked) return;
  const auto* signatures = facts.value("dkim.signatures");
  const auto* list = signatures != nullptr ? std::get_if<policy::TextList>(signatures) : nullptr;
  if (list == nullptr || list->empty()) return results.method("dkim", dkim.result, dkim.reason);
  for (const auto& signature : *list) add_signature(results, signature);
}

void add_dmarc(Results& results, const policy::FactSet& facts) {
  const auto dmarc = outcome_of(facts, "dmarc.result", "dmarc.problem");
  if (!dmarc.asked) return;
  results.method("dmarc", dmarc.result, dmarc.reason);
  const auto domain = facts.text("dmarc.domain");
  results.property("header.from", domain.empty() ? facts.text("from.domain") : domain);
  if (dmarc.result == "fail") results.property("policy.dmarc", facts.text("dmarc.disposition"));
}

// RFC 8601 2.7.3: permerror is "no PTR", fail is "the names do not lead back".
void add_iprev(Results& results, const policy::FactSet& facts) {
  const auto* fcrdns = facts.value("client.fcrdns");
  if (fcrdns == nullptr || facts.text("client.ip").empty()) return;
  const auto word = facts.text("client.fcrdns");
  const std::string_view result = word == "pass"       ? "pass"
                                  : word == "mismatch" ? "fail"
                                  : word == "missing"  ? "permerror"
                                                       : "temperror";
  results.method("iprev", result, "");
  results.property("policy.iprev", facts.text("client.ip"));
}

// What RFC 7208 9.1 puts into the comment.
std::string sentence(std::string_view result, std::string_view domain, std::string_view ip,
                     std::string_view reason) {
  const std::string from = "domain of " + std::string(domain);
  const std::string client(ip);
  if (result == "pass") return from + " designates " + client + " as permitted sender";
  if (result == "fail" || result == "softfail")
    return from + " does not designate " + client + " as permitted sender";
  if (!reason.empty()) return std::string(reason);
  return result == "neutral" ? from + " neither permits nor denies " + client
                             : "no SPF result for the " + from;
}

}  // namespace

std::string authentication_results(const policy::FactSet& facts, std::string_view authserv_id) {
  Results results(authserv_id);
  add_spf(results, facts);
  add_dkim(results, facts);
  add_dmarc(results, facts);
  add_iprev(results, facts);
  return std::move(results).take();
}

std::string received_spf(const policy::FactSet& facts, std::string_view receiver) {
  const auto spf = outcome_of(facts, "spf.result", "spf.problem");
  if (!spf.asked) return {};
  const auto domain = facts.text("spf.domain"), ip = facts.text("client.ip");
  FieldWriter out("Received-SPF");
  out.add(spf.result);
  out.add_words("(" + comment_text(receiver) + ": " +
                comment_text(sentence(spf.result, domain, ip, spf.reason)) + ")");
  std::string last;
  const auto pair = [&](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (!last.empty()) out.add(last + ';');
    last = std::string(key) + '=' + dot_atom_or_quoted(value);
  };
  pair("receiver", receiver);
  pair("client-ip", ip);
  pair("envelope-from", facts.text("sender.address"));
  pair("helo", facts.text("helo.name"));
  pair("identity", facts.text("spf.identity"));
  pair("mechanism", facts.text("spf.term"));
  pair("problem", spf.reason);
  if (!last.empty()) out.add(last);
  return std::move(out).take();
}

}  // namespace milter
