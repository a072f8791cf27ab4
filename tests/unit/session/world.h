// A session with a scripted world around it.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "milter/dns/zone.h"
#include "milter/session/session.h"
#include "policy/load/catalogue.h"
#include "policy/load/policy.h"

namespace milter::test {

class StoppedClock : public Clock {
 public:
  std::int64_t unix_millis() const override { return 1'795'000'000'000; }
};

// Keeps what it is asked, and answers when it is told to. At its end it answers what is open with trouble, as
// the real one does.
class PatientResolver : public Resolver {
 public:
  ~PatientResolver() override {
    while (!pending.empty()) answer_all(tl::unexpected(Trouble{Trouble::Kind::timeout, "the end"}));
  }
  Lookup query(std::string_view name, RecordType type) override { return query_for(name, type, {}); }
  // One that is open is not asked twice.
  Lookup query_for(std::string_view name, RecordType type, const Asker& asker) override {
    const auto text = std::string(to_text(type)) + " " + std::string(name);
    askers[text] = asker;
    const auto open = last_.find(text);
    if (open != last_.end() && open->second.peek() == nullptr) return open->second;
    asked.push_back(text);
    const auto lookup = pending.emplace_back().handle();
    last_.insert_or_assign(text, lookup);
    return lookup;
  }
  void answer_all(const Outcome& outcome) {
    auto open = std::move(pending);
    pending.clear();
    for (const auto& lookup : open) lookup.answer(outcome);
  }
  std::vector<std::string> asked;
  std::vector<PendingLookup> pending;
  std::map<std::string, Asker> askers;  // who asked last, by question

 private:
  std::map<std::string, Lookup> last_;
};

// `rules`: the lines below `rules:`, each with its two spaces.
inline std::shared_ptr<const Snapshot> snapshot_with(const std::string& rules, const std::string& top = "") {
  const auto text =
      "version: 1\n"
      "site: {name: mx1.example.net, help: \"https://postmaster.example.net/550\", contact: "
      "postmaster@example.net}\n"
      "domains: {local: [example.net]}\n"
      "trusted: {networks: [127.0.0.0/8], authenticated: true}\n" +
      top + "rules:\n" + rules;
  const auto& catalogue = policy::shipped_catalogue(schema());
  auto loaded = policy::load_policy({text, "policy.yaml"}, schema(), catalogue, 0);
  if (!loaded.value) throw std::logic_error(to_text(loaded.diagnostics.front()));
  return std::make_shared<const Snapshot>(Snapshot{*loaded.value, catalogue, nullptr});
}

inline const std::string kRelay =
    "  - {id: relay, at: rcpt, when: {recipient.ours: false, client.trusted: false, client.authenticated: "
    "false}, reject: relay-denied}\n";

inline Connection client(std::string_view ip) {
  Connection connection;
  connection.client = policy::Address::parse(ip);
  return connection;
}

inline RecipientCommand to(std::string path) {
  RecipientCommand command;
  command.path = std::move(path);
  return command;
}

// World and session by one name. `dns` outlives it.
struct Scene {
  explicit Scene(Resolver& dns, const std::string& rules, Budgets budgets = {}, HeaderOptions headers = {})
      : world{dns, clock, budgets, std::move(headers)},
        session(std::make_unique<Session>(snapshot_with(rules), world)) {}
  StoppedClock clock;
  World world;
  std::unique_ptr<Session> session;

  void begin(std::string_view ip = "192.0.2.1", std::string_view from = "<a@example.org>") {
    session->connect(client(ip));
    session->helo("mail.example.org");
    session->mail(from, "");
  }
  Decision rcpt(std::string path = "<b@example.net>") {
    return finish(*session, session->rcpt(to(std::move(path))));
  }
  Decision message() {
    session->header({"From", " a@example.org"});
    session->end_of_headers();
    session->body("hello\r\n");
    return finish(*session, session->end_of_message());
  }
};

}  // namespace milter::test
