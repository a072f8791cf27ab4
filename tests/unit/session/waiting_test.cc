// A session that waits: nobody's thread is held, nothing depends on the order of answers, and what gives a decision
// up ends its waiting.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "milter/dns/session_resolver.h"
#include "milter/dns/zone_parse.h"
#include "milter/session/session.h"
#include "world.h"

namespace milter {
namespace {

using test::PatientResolver;
using test::Scene;
using testing::IsEmpty;

// Rules that make every check of the world be asked.
const std::string kEverything =
    "  - {id: list, at: rcpt, when: {dnsbl.weight: \">= 9\"}, reject: dnsbl-listed, if_unknown: defer}\n"
    "  - {id: ptr, at: rcpt, when: {client.fcrdns: missing}, reject: rdns-missing, if_unknown: defer}\n"
    "  - {id: domain, at: rcpt, when: {sender.exists: false}, reject: sender-domain-missing, if_unknown: "
    "defer}\n"
    "  - {id: helo, at: rcpt, when: {spf.helo_result: fail}, reject: spf-fail, if_unknown: defer}\n"
    "  - {id: spf, at: rcpt, when: {spf.result: fail}, reject: spf-fail, if_unknown: defer}\n"
    "  - {id: dmarc, at: message, when: {dmarc.disposition: reject}, reject: dmarc-reject, if_unknown: "
    "defer}\n";

const std::string kLists =
    "lists:\n"
    "  - {id: bl, name: the list, zone: bl.example, codes: {127.0.0.2: {means: spam, weight: 8}}}\n"
    "  - {id: names, name: by name, zone: names.example, of: client-name, codes: {127.0.0.2: {means: "
    "dynamic, "
    "weight: 1}}}\n  - {id: third, name: other, zone: third.example, codes: {127.0.0.2: {means: spam, "
    "weight: 5}}}\n";

std::shared_ptr<ScriptedZone> zone() {
  return *parse_zone(
      "2.0.0.127.bl.example: {A: 127.0.0.2}\n"
      "test.names.example: {A: 127.0.0.2}\n"
      "2.0.0.127.third.example: {A: 127.0.0.2}\n"
      "1.2.0.192.bl.example: {A: 127.0.0.2}\n"
      "own.example.org.names.example: {A: 127.0.0.2}\n"
      "\"192.0.2.1\": {PTR: [claimed.example, own.example.org, sick.example]}\n"
      "own.example.org: {A: [192.0.2.1]}\n"
      "sick.example: SERVFAIL\n"
      "example.org: {MX: [\"10 mx1.example.org\", \"20 mx2.example.org\"], TXT: [\"v=spf1 a:far.example.org "
      "mx "
      "include:i.example.org exists:%{p}.e.example.org redirect=r.example.org\"]}\n"
      "far.example.org: {A: [198.51.100.1]}\n"
      "mx1.example.org: {A: [198.51.100.2], AAAA: TIMEOUT}\n"
      "mx2.example.org: {A: [198.51.100.3]}\n"
      "i.example.org: {TXT: [\"v=spf1 include:j.example.org a:k.example.org ?all\"]}\n"
      "j.example.org: {TXT: [\"v=spf1 mx:l.example.org -all\"]}\n"
      "k.example.org: {A: [198.51.100.4]}\n"
      "l.example.org: {MX: [\"10 mx2.example.org\"]}\n"
      "r.example.org: {TXT: [\"v=spf1 ~all\"]}\n"
      "mail.example.org: {TXT: [\"v=spf1 a:own.example.org -all\"]}\n"
      "_dmarc.example.org: {TXT: [\"v=DMARC1; p=quarantine; np=reject\"]}\n",
      "zone.yaml");
}

// The zone's answers, in an order of chance.
class ShuffledResolver : public Resolver {
 public:
  ShuffledResolver(Resolver& zone, unsigned seed) : zone_(zone), chance_(seed) {}
  Lookup query(std::string_view name, RecordType type) override {
    const auto answer = zone_.query(name, type);
    if (chance_() % 4 == 0) return answer;  // some are in the cache
    open_.emplace_back(PendingLookup(), *answer.peek());
    return open_.back().first.handle();
  }
  // False: there was none.
  bool answer_one() {
    if (open_.empty()) return false;
    const auto one = open_.begin() + static_cast<std::ptrdiff_t>(chance_() % open_.size());
    const auto [pending, outcome] = *one;
    open_.erase(one);
    pending.answer(outcome);
    return true;
  }

 private:
  Resolver& zone_;
  std::mt19937 chance_;
  std::vector<std::pair<PendingLookup, Outcome>> open_;
};

// A decision of a session whose questions are answered one by one.
Decision finish_by(ShuffledResolver& dns, Session& session, SessionStep step) {
  while (std::holds_alternative<Waiting>(step)) {
    EXPECT_TRUE(dns.answer_one()) << "it waits for what nobody was asked";
    step = session.resume();
  }
  return std::get<Decision>(std::move(step));
}

// All facts but the dice, which are of the session: "spf.result=pass", unavailable ones with their reason.
std::vector<std::string> lines_of(const policy::FactSet& facts) {
  const auto text = [](const policy::Value& value) {
    const auto* why = policy::why_unknown(value);
    return why ? "unavailable: " + why->reason : policy::to_text(value);
  };
  std::vector<std::string> out;
  for (const auto& [path, value] : facts.fields())
    if (path.group() != "dice") out.push_back(std::string(path) + "=" + text(value));
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> tell(Resolver& dns, const std::function<Decision(Session&, SessionStep)>& decide) {
  const test::StoppedClock clock;
  const World world{dns, clock, {.rcpt = std::chrono::minutes(5), .message = std::chrono::minutes(5)}, {}};
  static const auto snapshot = test::snapshot_with(kEverything, kLists);
  Session session(snapshot, world);
  session.connect(test::client("192.0.2.1"));
  session.helo("mail.example.org");
  session.mail("<a@example.org>", "");
  const auto rcpt = decide(session, session.rcpt(test::to("<b@example.net>")));
  session.header({"From", " a@example.org"});
  session.end_of_headers();
  session.body("hello\r\n");
  const auto end = decide(session, session.end_of_message());
  auto told = lines_of(rcpt.record.observed.facts);
  for (auto& line : lines_of(end.record.observed.facts)) told.push_back("at the end: " + std::move(line));
  told.emplace_back(policy::to_text(end.record.event));
  return told;
}

TEST(Order, OfAnswersMeansNothing) {
  const auto world = zone();
  const auto at_once = tell(*world, [](Session& session, SessionStep step) {
    EXPECT_TRUE(std::holds_alternative<Decision>(step)) << "all answers are here";
    return finish(session, std::move(step));
  });
  EXPECT_THAT(at_once, testing::IsSupersetOf({"spf.result=softfail", "client.name=own.example.org",
                                              "spf.helo_result=pass", "at the end: dmarc.result=fail"}));
  for (unsigned seed = 0; seed < 300; ++seed) {
    ShuffledResolver dns(*world, seed);
    const auto told = tell(
        dns, [&](Session& session, SessionStep step) { return finish_by(dns, session, std::move(step)); });
    ASSERT_EQ(told, at_once) << "seed " << seed;
    while (dns.answer_one()) {
    }
  }
}

TEST(Wait, IsNobodysThread) {
  PatientResolver dns;
  Scene scene(dns, kEverything);
  scene.begin();
  auto step = scene.session->rcpt(test::to("<b@example.net>"));
  for (int round = 0; round < 30 && std::holds_alternative<Waiting>(step); ++round) {
    std::atomic<int> calls = 0;
    const auto wakeup = std::get<Waiting>(step).on_answered([&] { ++calls; });
    EXPECT_EQ(calls, 0);
    dns.answer_all(Records{});
    EXPECT_EQ(calls, 1) << "once, when all is answered that some run named";
    step = scene.session->resume();
  }
  EXPECT_TRUE(std::holds_alternative<Decision>(step));
}

TEST(Wait, NothingIsEvaluatedInTheResolversThread) {
  PatientResolver dns;
  Scene scene(dns, kEverything);
  scene.begin();
  const auto step = scene.session->rcpt(test::to("<b@example.net>"));
  const auto asked = dns.asked.size();
  Records records;
  records.kind = Records::Kind::found;
  records.names = {"mail.example.org"};
  records.texts = {"v=spf1 a mx include:i.example.org -all"};
  records.exchangers = {{10, "mx.example.org"}};
  dns.answer_all(records);
  EXPECT_EQ(dns.asked.size(), asked) << "an answer asks nothing";
  scene.session->resume();
  EXPECT_GT(dns.asked.size(), asked);
}

TEST(Wait, ResumedTooEarlyItStillWaits) {
  PatientResolver dns;
  Scene scene(dns, kEverything);
  scene.begin();
  const auto first = scene.session->rcpt(test::to("<b@example.net>"));
  const auto asked = dns.asked.size();
  EXPECT_TRUE(std::holds_alternative<Waiting>(first));
  EXPECT_TRUE(std::holds_alternative<Waiting>(scene.session->resume()));
  EXPECT_EQ(dns.asked.size(), asked);
}

TEST(Wait, IsEndedByRsetMailHeloAndTheSessionsEnd) {
  for (const auto& [what, give_up] : std::map<std::string, std::function<void(Scene&)>>{
           {"RSET", [](Scene& scene) { scene.session->abort(); }},
           {"MAIL", [](Scene& scene) { scene.session->mail("<c@example.org>", ""); }},
           {"HELO", [](Scene& scene) { scene.session->helo("again.example.org"); }},
           {"the end", [](Scene& scene) { scene.session.reset(); }}}) {
    PatientResolver dns;
    Scene scene(dns, kEverything);
    scene.begin();
    auto waiting = std::get<Waiting>(scene.session->rcpt(test::to("<b@example.net>")));
    std::atomic<int> calls = 0;
    auto wakeup = waiting.on_answered([&] { ++calls; });
    give_up(scene);
    wakeup = Wakeup();
    dns.answer_all(Records{});
    EXPECT_EQ(calls, 0) << what;
    if (scene.session) {
      EXPECT_THROW(scene.session->resume(), std::logic_error) << what;
    }
  }
}

TEST(Wait, AWakeupThatGoesWhileAnswersComeIsNotCalledAfterwards) {
  for (int round = 0; round < 200; ++round) {
    const PendingLookup pending;
    Waiting waiting;
    waiting.add({{{"a.example", RecordType::a, pending.handle()}}, Deadline::max()});
    auto alive = std::make_unique<std::atomic<int>>(0);
    auto wakeup = waiting.on_answered([&alive = *alive] { ++alive; });
    std::jthread answers([&] { pending.answer(Records{}); });
    wakeup = Wakeup();
    alive.reset();
  }
}

TEST(Wait, BlocksUntilAnsweredOrOver) {
  const PendingLookup answered, silent;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(30);
  Waiting waiting;
  waiting.add({{{"a.example", RecordType::a, answered.handle()}},
               std::chrono::steady_clock::now() + std::chrono::minutes(5)});
  std::jthread answers([&] { answered.answer(Records{}); });
  waiting.block();  // would hang
  Waiting other;
  other.add({{{"b.example", RecordType::a, silent.handle()}}, end});
  other.block();
  EXPECT_GE(std::chrono::steady_clock::now(), end);
}

TEST(Wait, WhoOnlyConnectsCostsNoQuestion) {
  PatientResolver dns;
  Scene scene(dns, kEverything);
  scene.session->connect(test::client("192.0.2.1"));
  EXPECT_THAT(dns.asked, IsEmpty());
}

TEST(Wait, RefusedMailDoesNotWaitForWhatItsHeadersWouldHaveSaid) {
  const auto world = zone();
  Scene scene(*world,
              "  - {id: all, at: message, when: {message.size: \">= 0\"}, reject: message-too-large}\n");
  scene.begin();
  scene.rcpt();
  const auto before = world->asked().size();
  const auto decision = scene.message();
  EXPECT_TRUE(decision.reply);
  EXPECT_FALSE(decision.record.observed.facts.has("dmarc"));
  EXPECT_GE(world->asked().size(), before);
}

}  // namespace
}  // namespace milter
