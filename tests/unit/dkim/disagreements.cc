#include "tests/unit/dkim/disagreements.h"

// GCC 12 takes libstdc++'s <regex> for uninitialised under -fsanitize=address (GCC bug 105562).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <algorithm>
#include <regex>

#include "milter/auth/dkim/body.h"
#include "milter/auth/dkim/candidate.h"
#include "milter/auth/dkim/canonical_field.h"
#include "milter/auth/dkim/opendkim.h"
#include "milter/auth/dkim/tag_list.h"

namespace milter::test {
namespace {

// A disagreement, as the predicates look at it.
struct Matter {
  const Mutant& mutant;
  const Verdicts& verdicts;
  std::string signature;  // the text of the field
  std::string key;        // the text of the record

  bool ours(std::string_view reason) const { return verdicts.ours.find(reason) != std::string::npos; }
  bool theirs(std::string_view reason) const { return verdicts.dkimpy.find(reason) != std::string::npos; }
  bool tags(const char* expression) const { return std::regex_search(signature, std::regex(expression)); }
  bool record(const char* expression) const { return std::regex_search(key, std::regex(expression)); }
  bool form(std::string_view name, std::size_t part) const;  // of c=: the header is part 0, the body 1
  bool in_header(std::string_view letters) const;
  bool in_body(std::string_view letters) const {
    return mutant.mail.body.find_first_of(letters) != std::string::npos;
  }
  bool body_has_lone_cr() const { return std::regex_search(mutant.mail.body, std::regex("\r(?!\n)")); }
};

bool Matter::form(std::string_view name, std::size_t part) const {
  std::smatch found;
  const bool given = std::regex_search(signature, found, std::regex("(^|;)\\s*c\\s*=\\s*(\\w+)(/(\\w+))?"));
  const auto text = given ? found[part == 0 ? 2 : 4].str() : std::string();
  return (text.empty() ? "simple" : text) == name;
}

bool Matter::in_header(std::string_view letters) const {
  const auto& fields = mutant.mail.fields;
  return std::any_of(fields.begin(), fields.end(), [&](const HeaderField& field) {
    std::string text;
    append_field(text, field.name, field.value, Canonicalization::relaxed);
    return text.find_first_of(letters) != std::string::npos;
  });
}

// h= mentions DKIM-Signature more often than there are others.
bool covers_itself(const Matter& m) {
  static const std::regex kMention("[=:]\\s*dkim-signature\\s*(?=[:;]|$)", std::regex::icase);
  const auto mentions =
      std::distance(std::sregex_iterator(m.signature.begin(), m.signature.end(), kMention), {});
  const auto& fields = m.mutant.mail.fields;
  return mentions >= std::count_if(fields.begin(), fields.end(), is_signature_field) && mentions > 0;
}

enum class Who { opendkim, dkimpy };

// A kind of message over which a verifier comes to another end than we do. What `holds` looks for is there in all of
// them; the generator makes each rare, so that none hides a difference of another kind for long.
struct Kind {
  Who who;
  bool we_pass;  // and they do not; or the other way round
  const char* name;
  const char* right;  // who is, and by which paragraph
  bool (*holds)(const Matter&);
};

const Kind kKinds[] = {
    {Who::opendkim, true, "b and = apart", "we are: RFC 6376 3.2, white space may stand before \"=\"",
     [](const Matter& m) { return m.tags("(^|;)\\s*b\\s+="); }},
    {Who::opendkim, true, "a tag whose name ends in b",
     "we are: RFC 6376 3.2, names are whole words; it takes it for b=",
     [](const Matter& m) { return m.tags("(^|;)\\s*\\w+b="); }},
    {Who::opendkim, true, "h= mentions the signature's own field",
     "we are: RFC 6376 3.5, h= MUST NOT include the field itself", covers_itself},
    {Who::opendkim, true, "a CR without LF in a relaxed body",
     "we are: RFC 6376 3.4.4 leaves it alone; it drops it",
     [](const Matter& m) { return m.form("relaxed", 1) && m.body_has_lone_cr(); }},
    {Who::opendkim, true, "a CR without LF in a relaxed header", "we are: RFC 6376 3.4.2 leaves it alone",
     [](const Matter& m) { return m.form("relaxed", 0) && m.in_header("\r"); }},
    {Who::opendkim, true, "VT or FF, relaxed", "we are: RFC 6376 2.8, white space is SP and TAB",
     [](const Matter& m) {
       return (m.form("relaxed", 0) && m.in_header("\v\f")) || (m.form("relaxed", 1) && m.in_body("\v\f"));
     }},
    {Who::opendkim, true, "t= before 1980",
     "we are: RFC 6376 3.5 sets no earliest time; its clock drift wraps round",
     [](const Matter& m) { return m.tags("(^|;)\\s*t\\s*=\\s*0"); }},
    {Who::opendkim, true, "i= with an encoded @", "we are: RFC 6376 3.5, the domain is behind the last @",
     [](const Matter& m) { return m.tags("=40"); }},
    {Who::opendkim, true, "h= or s= of the key is empty",
     "both: RFC 6376 3.6.1 has no empty list; README.md says why we are lenient",
     [](const Matter& m) { return m.record("(^|;)\\s*[hs]\\s*=\\s*;"); }},
    {Who::opendkim, true, "a bare RSAPublicKey",
     "we are: RFC 6376 3.6.1, that is what p= holds; it reads SubjectPublicKeyInfo only",
     [](const Matter& m) { return m.record("p\\s*=\\s*M\\s*I\\s*G\\s*J"); }},
    {Who::opendkim, true, "white space inside of an Ed25519 key",
     "we are: RFC 6376 3.6.1, base64 may be folded",
     [](const Matter& m) {
       return m.record("ed25519") && m.record("(^|;)\\s*p\\s*=\\s*[^;\\s]+\\s+[^;\\s]");
     }},
    {Who::opendkim, true, "i= in UTF-8", "we are: RFC 8616 5",
     [](const Matter& m) { return m.tags("\\s*i\\s*=\\s*\xce\xb1"); }},
    {Who::opendkim, true, "a line of nothing but CR, simple",
     "we are: RFC 6376 3.4.3, only CRLF alone is an empty line",
     [](const Matter& m) { return m.form("simple", 1) && m.body_has_lone_cr(); }},
    {Who::opendkim, false, "a line of nothing but CR, simple",
     "we are: RFC 6376 3.4.3, only CRLF alone is an empty line",
     [](const Matter& m) { return m.ours("body hash") && m.form("simple", 1) && m.body_has_lone_cr(); }},
    {Who::opendkim, false, "white space inside of a word", "we are: RFC 6376 3.2, it counts; it deletes it",
     [](const Matter& m) {
       return m.ours("names no") || (m.ours("does not allow") && m.record("sha\\w*\\s+\\w"));
     }},
    {Who::opendkim, false, "a value or a name of letters that do not belong there",
     "we are: RFC 6376 2.10, 3.2 and the grammar of each tag; it passes over what does not belong",
     [](const Matter& m) {
       return m.ours("is not base64") || m.ours("not printable ASCII") || m.ours("has no proper name");
     }},
    {Who::opendkim, false, "more behind the key's DER",
     "we are: RFC 6376 3.6.1, p= holds a key and nothing more",
     [](const Matter& m) { return m.ours("the key is no RSA key"); }},
    {Who::opendkim, false, "a CR slipped into a relaxed header", "we are: RFC 6376 3.4.2 leaves it alone",
     [](const Matter& m) { return m.form("relaxed", 0) && m.in_header("\r"); }},
    {Who::opendkim, false, "rsa-sha1", "we are: RFC 8301 3.1",
     [](const Matter& m) { return m.ours("rsa-sha1"); }},
    {Who::opendkim, false, "a tag twice", "we are: RFC 6376 3.2, the whole list is invalid",
     [](const Matter& m) { return m.ours("occurs twice"); }},
    {Who::opendkim, false, "v= of the key is not first", "we are: RFC 6376 3.6.1",
     [](const Matter& m) { return m.ours("the tag v is not DKIM1, or not the first"); }},
    {Who::opendkim, false, "a key of another kind", "we are: RFC 6376 6.1.2 item 7, k= must fit a=",
     [](const Matter& m) { return m.ours("of another kind"); }},
    {Who::opendkim, false, "a CR slipped into a relaxed body",
     "we are: RFC 6376 3.4.4 leaves it alone; it drops it",
     [](const Matter& m) { return m.ours("body hash") && m.form("relaxed", 1) && m.body_has_lone_cr(); }},
    {Who::opendkim, false, "VT or FF slipped in, relaxed", "we are: RFC 6376 2.8, white space is SP and TAB",
     [](const Matter& m) {
       return (m.form("relaxed", 0) && m.in_header("\v\f")) || (m.form("relaxed", 1) && m.in_body("\v\f"));
     }},
    {Who::dkimpy, true, "q= with more than dns/txt", "we are: RFC 6376 3.5, unknown methods are ignored",
     [](const Matter& m) { return m.theirs("q= value"); }},
    {Who::dkimpy, true, "the key says s= with something else", "we are: RFC 6376 3.6.1; it stumbles",
     [](const Matter& m) { return m.theirs("UnknownKeyTypeError") && m.record("(^|;)\\s*s\\s*="); }},
    {Who::dkimpy, true, "the field ends in white space, simple",
     "we are: RFC 6376 3.4.1, nothing is changed; it strips the field",
     [](const Matter& m) { return m.form("simple", 0) && m.tags("\\s$"); }},
    {Who::dkimpy, true, "b= inside of another value",
     "we are: RFC 6376 3.7, the value of b= alone is deleted; it deletes behind each",
     [](const Matter& m) { return m.tags("=[^;]*[;\\s]b\\s*="); }},
    {Who::dkimpy, true, "white space behind the value of b=", "we are: RFC 6376 3.7, all of it is deleted",
     [](const Matter& m) { return m.tags("(^|;)\\s*b\\s*=[^;]*\\s(;|$)"); }},
    {Who::dkimpy, true, "h= mentions the signature's own field",
     "we are: RFC 6376 3.5, h= MUST NOT include the field itself", covers_itself},
    {Who::dkimpy, true, "white space at the very end, no CRLF, relaxed",
     "we are: RFC 6376 3.4.4, (a) comes before (b)",
     [](const Matter& m) {
       return m.form("relaxed", 1) && std::regex_search(m.mutant.mail.body, std::regex("[ \t]$"));
     }},
    {Who::dkimpy, true, "white space inside of an Ed25519 key",
     "we are: RFC 6376 3.6.1, base64 may be folded",
     [](const Matter& m) {
       return m.record("ed25519") && m.record("(^|;)\\s*p\\s*=\\s*[^;\\s]+\\s+[^;\\s]");
     }},
    {Who::dkimpy, true, "two From fields",
     "we are: RFC 6376 5.4.2 says which is signed; what two mean is not for DKIM to say",
     [](const Matter& m) {
       const auto& fields = m.mutant.mail.fields;
       return std::count_if(fields.begin(), fields.end(),
                            [](const HeaderField& f) { return f.name == "From"; }) > 1;
     }},
    {Who::dkimpy, true, "CR, VT or FF at the end of a field, relaxed",
     "we are: RFC 6376 2.8, white space is SP and TAB; it strips them",
     [](const Matter& m) { return m.form("relaxed", 0) && m.in_header("\r\v\f"); }},
    {Who::dkimpy, true, "k= in capitals", "both: RFC 6376 3.2 and 3.6.1; README.md says why we are lenient",
     [](const Matter& m) { return m.record("(^|;)\\s*k\\s*=\\s*[a-z]*[A-Z]"); }},
    {Who::dkimpy, false, "CR, VT or FF slipped to the end of a field, relaxed",
     "we are: RFC 6376 2.8, white space is SP and TAB; it strips them",
     [](const Matter& m) { return m.form("relaxed", 0) && m.in_header("\r\v\f"); }},
    {Who::dkimpy, false, "white space at the very end, no CRLF, relaxed",
     "we are: RFC 6376 3.4.4, (a) comes before (b)",
     [](const Matter& m) {
       return m.ours("body hash") && m.form("relaxed", 1) &&
              std::regex_search(m.mutant.mail.body, std::regex("[ \t]$"));
     }},
    {Who::dkimpy, false, "a value or a name of letters that do not belong there",
     "we are: RFC 6376 2.10, 3.2 and the grammar of each tag; it passes over what does not belong",
     [](const Matter& m) {
       return m.ours("is not base64") || m.ours("not printable ASCII") || m.ours("has no proper name");
     }},
    {Who::dkimpy, false, "more behind the key's DER",
     "we are: RFC 6376 3.6.1, p= holds a key and nothing more",
     [](const Matter& m) { return m.ours("the key is no RSA key"); }},
    {Who::dkimpy, false, "what the key says of its use", "we are: RFC 6376 3.6.1 and 6.1.2; it does not look",
     [](const Matter& m) { return m.ours("the key does not allow") || m.ours("not for mail"); }},
    {Who::dkimpy, false, "rsa-sha1", "we are: RFC 8301 3.1",
     [](const Matter& m) { return m.ours("rsa-sha1"); }},
    {Who::dkimpy, false, "l= beyond the body", "we are: RFC 6376 3.5, MUST NOT exceed it",
     [](const Matter& m) { return m.ours("shorter than the tag l"); }},
    {Who::dkimpy, false, "v= of the key is not first", "we are: RFC 6376 3.6.1",
     [](const Matter& m) { return m.ours("the tag v is not DKIM1, or not the first"); }},
};

std::vector<std::string> explanations(const Matter& matter, Who who, bool we_pass) {
  std::vector<std::string> out;
  for (const auto& kind : kKinds)
    if (kind.who == who && kind.we_pass == we_pass && kind.holds(matter))
      out.push_back(std::string(who == Who::opendkim ? "libopendkim: " : "dkimpy: ") + kind.name);
  return out;
}

Matter matter_of(const Mutant& mutant, const Verdicts& verdicts) {
  const auto& fields = mutant.mail.fields;
  const auto first = std::find_if(fields.begin(), fields.end(), is_signature_field);
  return {mutant, verdicts, first == fields.end() ? "" : first->value, mutant.records.front()};
}

std::string text_of(const HeaderField& field) {
  std::string out;
  append_field(out, field.name, field.value, Canonicalization::simple);
  return out;
}

}  // namespace

bool opendkim_passes(const Mutant& mutant) {
  std::vector<OpendkimMessage::Field> fields;
  bool seen = false;
  for (const auto& field : mutant.mail.fields) {
    fields.push_back({text_of(field), !seen && is_signature_field(field) ? 0 : -1});
    seen |= is_signature_field(field);
  }
  if (!seen) return false;
  OpendkimMessage message(fields, 1);
  CrlfBody crlf;
  message.body(crlf.take(mutant.mail.body));
  message.body(crlf.finish());
  return message.finish({mutant.records.front()}).front() == OpendkimMessage::Verdict::verified;
}

bool agree(const Verdicts& verdicts) {
  const bool ours = verdicts.ours.starts_with("pass");
  return ours == verdicts.opendkim && ours == (verdicts.dkimpy == "pass");
}

std::vector<std::string> kinds_of(const Mutant& mutant, const Verdicts& verdicts) {
  const auto matter = matter_of(mutant, verdicts);
  const bool ours = verdicts.ours.starts_with("pass");
  std::vector<std::string> out;
  for (const auto& [who, passes] :
       {std::pair{Who::opendkim, verdicts.opendkim}, {Who::dkimpy, verdicts.dkimpy == "pass"}}) {
    if (passes == ours) continue;
    auto why = explanations(matter, who, ours);
    if (why.empty()) return {};
    out.insert(out.end(), why.begin(), why.end());
  }
  return out;
}

}  // namespace milter::test
