#include "tests/unit/record/records.h"

#include <array>

namespace policy {
namespace {

std::size_t below(std::mt19937& random, std::size_t n) { return random() % n; }

std::string random_text(std::mt19937& random) {
  static const std::array<std::string, 14> kPieces{
      "a", "example.org", "\"",           "\\",           "\n",          "\x01", "\x7f",
      "é", "😀",           "\xE2\x80\xA8", "\xE2\x80\xA9", "unavailable", "/",    std::string(1, '\0')};
  std::string out;
  for (auto n = below(random, 6); n > 0; --n) out += kPieces[below(random, kPieces.size())];
  return out;
}

TextList random_texts(std::mt19937& random, std::size_t most) {
  TextList out(below(random, most + 1));
  for (auto& text : out) text = random_text(random);
  return out;
}

Value random_value(std::mt19937& random) {
  switch (below(random, 5)) {
    case 0:
      return below(random, 2) == 0;
    case 1:
      return static_cast<std::int64_t>(random()) - 2'000'000'000 +
             (below(random, 9) == 0 ? INT64_MIN / 2 : 0);
    case 2:
      return random_text(random);
    case 3:
      return random_texts(random, 4);
    default:
      return Unavailable{"u" + random_text(random)};
  }
}

FactSet random_facts(std::mt19937& random) {
  FactSet out;
  for (const std::string group : {"client", "spf", "dnsbl"}) {
    if (below(random, 4) == 0) continue;
    if (below(random, 4) == 0) {
      out.put(group, Unavailable{"TXT x: " + random_text(random)});
      continue;
    }
    Fields fields;
    for (const std::string name : {"zeta", "alpha", "mid"})
      if (below(random, 3) > 0) fields.emplace_back(name, random_value(random));
    out.put(group, fields);
  }
  return out;
}

std::optional<std::string> random_optional(std::mt19937& random) {
  if (below(random, 3) == 0) return std::nullopt;
  return random_text(random);
}

Verdict random_verdict(std::mt19937& random) {
  Verdict out{.action = static_cast<Action>(below(random, 4)),
              .rule = random_text(random),
              .reason = random_text(random),
              .unknown = random_text(random)};
  for (auto n = below(random, 4); n > 0; --n)
    out.trace.push_back({random_text(random), static_cast<Truth>(below(random, 4)), random_text(random),
                         random_text(random)});
  for (auto n = below(random, 3); n > 0; --n)
    out.monitored.push_back(
        {random_text(random), static_cast<Action>(below(random, 4)), random_text(random)});
  return out;
}

}  // namespace

Record sample_record() {
  Record r{.ts = "2026-11-24T12:00:00.123Z",
           .event = Event::reject,
           .ref = "7K2M9QXA",
           .session = "S1",
           .queue_id = "4ABC",
           .host = "mx1.example.net",
           .stage = Stage::rcpt,
           .reason = "spf-fail",
           .code = 550,
           .enhanced = "5.7.23",
           .reply = {"SPF fail: one", "ref=7K2M9QXA"},
           .actor = "domain-admin",
           .rule = "spf",
           .policy = "0123456789ab",
           .client_ip = "192.0.2.25",
           .client_name = "mail.example.org",
           .helo = "mail.example.org",
           .mail_from = "",
           .rcpt = {"bob@example.net"},
           .from_domain = "example.org",
           .size = 1234,
           .millis = {{"dns", 20}, {"total", 21}}};
  r.facts.put("spf", Fields{{"result", "fail"}, {"lookups", std::int64_t{3}}});
  r.facts.put("client", Fields{{"trusted", false}, {"name", Unavailable{"PTR: SERVFAIL"}}});
  r.facts.put("dnsbl", Fields{{"listed", TextList{"zen", "spamcop"}}});
  r.facts.put("dmarc", Unavailable{"TXT _dmarc.example.org: TIMEOUT"});
  r.verdict = {.action = Action::reject,
               .rule = "spf",
               .reason = "spf-fail",
               .trace = {{"relay", Truth::no, "recipient.ours", ""}, {"spf", Truth::yes, "", ""}},
               .monitored = {{"rdns", Action::reject, "rdns-missing"}}};
  return r;
}

Record random_record(std::mt19937& random) {
  Record r{.ts = random_text(random),
           .event = static_cast<Event>(below(random, 6)),
           .ref = random_text(random),
           .session = random_text(random),
           .queue_id = random_text(random),
           .host = random_text(random),
           .stage = static_cast<Stage>(below(random, 6)),
           .reason = random_text(random),
           .enhanced = random_text(random),
           .reply = random_texts(random, 4),
           .actor = random_text(random),
           .mode = static_cast<Mode>(below(random, 2)),
           .rule = random_text(random),
           .policy = random_text(random),
           .client_ip = random_text(random),
           .client_name = random_text(random),
           .helo = random_optional(random),
           .mail_from = random_optional(random),
           .rcpt = random_texts(random, 5),
           .from_domain = random_text(random),
           .mta_text = random_text(random)};
  if (below(random, 2) == 0) r.code = static_cast<int>(400 + below(random, 200));
  if (below(random, 2) == 0) r.size = static_cast<std::int64_t>(random());
  r.facts = random_facts(random);
  r.verdict = random_verdict(random);
  if (below(random, 2) == 0) r.millis = {{"dns", 3}, {random_text(random), -1}};
  return r;
}

}  // namespace policy
