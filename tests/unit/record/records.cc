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

Unavailable random_trouble(std::mt19937& random) {
  return {"u" + random_text(random), static_cast<Owner>(below(random, 3)), below(random, 2) == 0};
}

InPart random_part(std::mt19937& random) {
  InPart out{.of = static_cast<InPart::Of>(below(random, 3)),
             .may = random_texts(random, 3),
             .anything = below(random, 2) == 0};
  if (below(random, 4) > 0) out.why = random_trouble(random);
  if (out.of == InPart::Of::list) out.has = random_texts(random, 3);
  if (out.of == InPart::Of::number) {
    out.at_least = static_cast<std::int64_t>(below(random, 9)) - 4;
    out.at_most = out.at_least + static_cast<std::int64_t>(random());
  }
  if (below(random, 2) == 0) out.unasked = random_texts(random, 2);
  return out;
}

Value random_value(std::mt19937& random) {
  switch (below(random, 6)) {
    case 0:
      return below(random, 2) == 0;
    case 1:
      return static_cast<std::int64_t>(random()) - 2'000'000'000 +
             (below(random, 9) == 0 ? INT64_MIN / 2 : 0);
    case 2:
      return random_text(random);
    case 3:
      return random_texts(random, 4);
    case 4:
      return random_part(random);
    default:
      return random_trouble(random);
  }
}

FactSet random_facts(std::mt19937& random) {
  FactSet out;
  for (const std::string group : {"client", "spf", "dnsbl"}) {
    if (below(random, 4) == 0) continue;
    if (below(random, 9) == 0) {
      out.put_none(group, Unavailable{"TXT x: " + random_text(random)});
      continue;
    }
    Fields fields;
    for (const std::string name : {"zeta", "alpha", "mid"})
      if (below(random, 3) > 0) fields.emplace_back(name, random_value(random));
    out.put(group, fields);
  }
  return out;
}

RecipientAsked random_recipient(std::mt19937& random) {
  RecipientAsked out{"<" + random_text(random) + ">", random_text(random), below(random, 2) == 0, {}};
  if (below(random, 2) == 0) {
    out.answer = SourceAnswer{"file:" + random_text(random), random_text(random), {}};
    if (below(random, 3) == 0)
      out.answer->why = {"u" + random_text(random), static_cast<Owner>(below(random, 3))};
  }
  return out;
}

ListAsked random_list(std::mt19937& random) {
  ListAsked out{.list = random_text(random),
                .zone = random_text(random),
                .of = static_cast<ListOf>(below(random, 5)),
                .subject = random_text(random),
                .addresses = random_texts(random, 3),
                .forced = below(random, 2) == 0,
                .given_up = below(random, 2) == 0,
                .points = random_texts(random, 3)};
  if (below(random, 3) == 0) out.trouble = "t" + random_text(random);
  if (below(random, 3) == 0) out.doubt = "d" + random_text(random);
  if (!out.trouble.empty() || !out.doubt.empty()) out.owner = static_cast<Owner>(below(random, 3));
  return out;
}

Observed random_observed(std::mt19937& random) {
  Observed out{.facts = random_facts(random)};
  if (below(random, 2) == 0) out.recipient = random_recipient(random);
  for (auto n = below(random, 8) > 0 ? below(random, 4) : below(random, 50); n > 0; --n)
    out.accepted.push_back(random_recipient(random));
  for (auto n = below(random, 4); n > 0; --n) out.lists.push_back(random_list(random));
  if (below(random, 2) == 0) out.dmarc_mode = "psl";
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
           .transaction = 2,
           .queue_id = "4ABC",
           .message_id = "1@example.org",
           .host = "mx1.example.net",
           .stage = Stage::rcpt,
           .reason = "spf-fail",
           .code = 550,
           .enhanced = "5.7.23",
           .reply = {"SPF fail: one", "ref=7K2M9QXA"},
           .actor = "domain-admin",
           .rule = "spf",
           .policy = "0123456789ab",
           .program = "0.2.0",
           .client_ip = "192.0.2.25",
           .client_port = 40123,
           .client_name = "mail.example.org",
           .listener = "smtpd",
           .tls = "TLSv1.3",
           .helo = "mail.example.org",
           .mail_from = "",
           .rcpt = {"bob@example.net"},
           .from_domain = "example.org",
           .size = 1234,
           .millis = {{"dns", 20}, {"total", 21}}};
  auto& facts = r.observed.facts;
  facts.put("spf", Fields{{"result", "fail"}, {"lookups", std::int64_t{3}}});
  facts.put("client", Fields{{"trusted", false}, {"name", Unavailable{"PTR: SERVFAIL"}}});
  facts.put(
      "dnsbl",
      Fields{{"listed", TextList{"zen", "spamcop"}},
             {"weight",
              InPart{.of = InPart::Of::number, .at_least = 3, .at_most = 20, .why = {"psbl: time-out"}}}});
  facts.put("dmarc", Fields{{"disposition", InPart{.may = {"none", "quarantine"},
                                                   .why = {"TXT example.org: time-out", Owner::client}}}});
  r.observed.recipient = {"<bob@example.net>", "bob@example.net", false,
                          SourceAnswer{"file:r.txt", "known", {}}};
  r.observed.lists = {
      {.list = "zen", .zone = "0123456789ab", .subject = "192.0.2.25", .addresses = {"127.0.0.2"}},
      {.list = "psbl", .zone = "ba9876543210", .subject = "192.0.2.25", .trouble = "time-out"}};
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
           .transaction = static_cast<int>(below(random, 3)),
           .queue_id = random_text(random),
           .message_id = random_text(random),
           .host = random_text(random),
           .stage = static_cast<Stage>(below(random, 6)),
           .reason = random_text(random),
           .enhanced = random_text(random),
           .reply = random_texts(random, 4),
           .actor = random_text(random),
           .mode = static_cast<Mode>(below(random, 2)),
           .rule = random_text(random),
           .policy = random_text(random),
           .program = random_text(random),
           .client_ip = random_text(random),
           .client_port = static_cast<int>(below(random, 3)),
           .client_name = random_text(random),
           .listener = random_text(random),
           .tls = random_text(random),
           .helo = random_optional(random),
           .mail_from = random_optional(random),
           .rcpt = random_texts(random, 5),
           .from_domain = random_text(random),
           .mta_text = random_text(random)};
  if (below(random, 2) == 0) r.code = static_cast<int>(400 + below(random, 200));
  if (below(random, 2) == 0) r.size = static_cast<std::int64_t>(random());
  r.observed = random_observed(random);
  r.verdict = random_verdict(random);
  if (below(random, 2) == 0) r.millis = {{"dns", 3}, {random_text(random), -1}};
  return r;
}

}  // namespace policy
