#include "milter/cli/rehearsal.h"

#include <algorithm>

namespace milter {
namespace {

// DNS, but for the client's PTR name. A question may be answered after the session has ended, and then lead
// to another: kept until the program ends.
class NamedClient : public Resolver {
 public:
  NamedClient(Resolver& dns, const policy::Address& client, std::string name)
      : dns_(dns), reverse_(client.reverse_name()), name_(std::move(name)) {}

  Lookup query(std::string_view name, RecordType type) override { return query_for(name, type, {}); }
  Lookup query_for(std::string_view name, RecordType type, const Asker& asker) override {
    if (type != RecordType::ptr || name != reverse_) return dns_.query_for(name, type, asker);
    Records records;
    records.kind = Records::Kind::found;
    records.names = {name_};
    return answered(records);
  }

 private:
  Resolver& dns_;
  std::string reverse_;
  std::string name_;
};

// Lines end with CRLF on the wire, whatever the file's editor thought.
std::string with_crlf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

// Hands over the header fields as a milter gets them (folds as LF, leading space kept) and returns the body.
std::string_view play_header(std::string_view message, Session& session) {
  while (!message.empty() && !message.starts_with("\r\n")) {
    auto end = message.find("\r\n");
    while (end != std::string_view::npos && end + 2 < message.size() &&
           (message[end + 2] == ' ' || message[end + 2] == '\t'))
      end = message.find("\r\n", end + 2);
    auto field = std::string(message.substr(0, end));
    message.remove_prefix(end == std::string_view::npos ? message.size() : end + 2);
    std::erase(field, '\r');
    const auto colon = field.find(':');
    if (colon == std::string::npos) break;  // no header field: the body begins without an empty line
    session.header({field.substr(0, colon), field.substr(colon + 1)});
  }
  return message.substr(message.starts_with("\r\n") ? 2 : 0);
}

Decision play_message(const std::string& text, Session& session) {
  constexpr std::size_t kChunk = 65535;  // MILTER_CHUNK_SIZE
  const auto message = with_crlf(text);
  auto body = play_header(message, session);
  session.end_of_headers();
  for (; !body.empty(); body.remove_prefix(std::min(kChunk, body.size())))
    session.body(body.substr(0, kChunk));
  return finish(session, session.end_of_message());
}

// As SMTP commands have it; whoever wrote the brackets gets them once.
std::string bracketed(const std::string& address) {
  return address.starts_with('<') ? address : "<" + address + ">";
}

std::string helo_of(const Script& script) {
  if (!script.helo.empty()) return script.helo;
  if (!script.name.empty()) return script.name;
  return script.client.is_v4() ? "[" + script.client.text() + "]" : "[IPv6:" + script.client.text() + "]";
}

}  // namespace

std::vector<Decision> rehearse(const Script& script, const std::shared_ptr<const Snapshot>& snapshot,
                               World world) {
  static std::vector<std::shared_ptr<NamedClient>> kept;
  const auto named = kept.emplace_back(std::make_shared<NamedClient>(world.dns, script.client, script.name));
  World here{script.name.empty() ? world.dns : *named, world.clock, world.budgets, world.headers,
             world.lists};
  Session session(snapshot, here);
  session.connect({.client = script.client, .client_name = script.name});
  session.helo(helo_of(script));
  session.mail(bracketed(script.from), script.user);
  std::vector<Decision> decisions;
  bool accepted = false;
  for (const auto& rcpt : script.rcpt) {
    decisions.push_back(finish(session, session.rcpt({.path = bracketed(rcpt)})));
    accepted |= !decisions.back().reply;
  }
  if (accepted && script.message) decisions.push_back(play_message(*script.message, session));
  return decisions;
}

}  // namespace milter
