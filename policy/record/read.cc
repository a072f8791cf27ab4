#include "policy/record/read.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace policy {
namespace {

using Json = JsonReader::Value;
using Type = JsonReader::Type;

Event read_event(JsonReader& json, Json value) {
  return read_word(json, value,
                   {Event::accept, Event::reject, Event::defer, Event::would_reject, Event::would_defer,
                    Event::mta_reject},
                   "event");
}

Stage read_stage(JsonReader& json, Json value) {
  const auto word = json.text(value);
  const auto stage = parse_stage(word);
  if (!stage) json.fail(fmt::format("unknown stage \"{}\"", word.substr(0, 40)));
  return stage.value_or(Stage::rcpt);
}

Mode read_mode(JsonReader& json, Json value) {
  return read_word(json, value, {Mode::enforce, Mode::monitor}, "mode");
}

Action read_action(JsonReader& json, Json value) {
  return read_word(json, value, {Action::pass, Action::accept, Action::defer, Action::reject}, "action");
}

Truth read_truth(JsonReader& json, Json value) {
  return read_word(json, value, {Truth::no, Truth::yes, Truth::unknown, Truth::not_asked}, "truth");
}

std::optional<std::string> read_optional(JsonReader& json, Json value) {
  if (json.is_null(value)) return std::nullopt;
  return std::string(json.text(value));
}

int read_positive(JsonReader& json, Json value) {
  if (json.is_null(value)) return 0;
  const auto number = json.integer(value);
  return number > 0 && number <= std::numeric_limits<int>::max() ? static_cast<int>(number) : 0;
}

TextList read_recipients(JsonReader& json, Json value) {
  if (json.type(value) == Type::string) return {std::string(json.text(value))};
  return read_texts(json, value);
}

Considered read_considered(JsonReader& json, Json value) {
  Considered out;
  json.object(value, [&](std::string_view key, Json member) {
    if (key == "rule") out.rule = read_text(json, member);
    if (key == "truth") out.truth = read_truth(json, member);
    if (key == "path") out.path = read_text(json, member);
    if (key == "exception") out.exception = read_text(json, member);
  });
  return out;
}

Monitored read_monitored(JsonReader& json, Json value) {
  Monitored out;
  json.object(value, [&](std::string_view key, Json member) {
    if (key == "rule") out.rule = read_text(json, member);
    if (key == "action") out.action = read_action(json, member);
    if (key == "reason") out.reason = read_text(json, member);
  });
  return out;
}

void read_verdict(JsonReader& json, Json value, Verdict& out) {
  json.object(value, [&](std::string_view key, Json member) {
    if (key == "action") out.action = read_action(json, member);
    if (key == "rule") out.rule = read_text(json, member);
    if (key == "reason") out.reason = read_text(json, member);
    if (key == "unknown") out.unknown = read_text(json, member);
  });
}

// One key of a record: how it is read.
struct Key {
  std::string_view name;
  void (*read)(JsonReader&, Json, Record&) = nullptr;
  bool decisive = false;  // read for a replay as well
};

template <auto member>
void text_into(JsonReader& json, Json value, Record& r) {
  r.*member = read_text(json, value);
}
template <auto member>
void optional_into(JsonReader& json, Json value, Record& r) {
  r.*member = read_optional(json, value);
}

template <auto member>
void positive_into(JsonReader& json, Json value, Record& r) {
  r.*member = read_positive(json, value);
}
template <auto member>
void texts_into(JsonReader& json, Json value, Record& r) {
  r.*member = read_texts(json, value);
}

// In the order in which they are written: a reader that follows it finds each at once. Those of the facts are
// read by Reader itself.
constexpr std::array kKeys{
    Key{"v", [](JsonReader& json, Json value, Record& r) { r.v = read_positive(json, value); }, true},
    Key{"ts", text_into<&Record::ts>},
    Key{"event", [](JsonReader& json, Json value, Record& r) { r.event = read_event(json, value); }, true},
    Key{"ref", text_into<&Record::ref>, true},
    Key{"session", text_into<&Record::session>, true},
    Key{"transaction", positive_into<&Record::transaction>, true},
    Key{"queue_id", text_into<&Record::queue_id>},
    Key{"message_id", text_into<&Record::message_id>},
    Key{"host", text_into<&Record::host>, true},
    Key{"stage", [](JsonReader& json, Json value, Record& r) { r.stage = read_stage(json, value); }, true},
    Key{"reason", text_into<&Record::reason>},
    Key{"code",
        [](JsonReader& json, Json value, Record& r) {
          if (!json.is_null(value)) r.code = static_cast<int>(json.integer(value));
        }},
    Key{"enhanced", text_into<&Record::enhanced>},
    Key{"reply", texts_into<&Record::reply>},
    Key{"actor", text_into<&Record::actor>},
    Key{"mode", [](JsonReader& json, Json value, Record& r) { r.mode = read_mode(json, value); }},
    Key{"rule", text_into<&Record::rule>},
    Key{"policy", text_into<&Record::policy>, true},
    Key{"program", text_into<&Record::program>},
    Key{"client_ip", text_into<&Record::client_ip>},
    Key{"client_port", positive_into<&Record::client_port>},
    Key{"client_name", text_into<&Record::client_name>},
    Key{"listener", text_into<&Record::listener>},
    Key{"tls", text_into<&Record::tls>},
    Key{"helo", optional_into<&Record::helo>},
    Key{"mail_from", optional_into<&Record::mail_from>, true},
    Key{"rcpt", [](JsonReader& json, Json value, Record& r) { r.rcpt = read_recipients(json, value); }, true},
    Key{"from_domain", text_into<&Record::from_domain>},
    Key{"size",
        [](JsonReader& json, Json value, Record& r) {
          if (!json.is_null(value)) r.size = json.integer(value);
        }},
    Key{"mta_text", text_into<&Record::mta_text>},
    Key{"facts"},
    Key{"unavailable"},
    Key{"in_part"},
    Key{"observed", [](JsonReader& json, Json value, Record& r) { read_observed(json, value, r.observed); },
        true},
    Key{"verdict", [](JsonReader& json, Json value, Record& r) { read_verdict(json, value, r.verdict); },
        true},
    Key{"trace",
        [](JsonReader& json, Json value, Record& r) {
          json.array(value, [&](Json each) { r.verdict.trace.push_back(read_considered(json, each)); });
        }},
    Key{"monitored",
        [](JsonReader& json, Json value, Record& r) {
          json.array(value, [&](Json each) { r.verdict.monitored.push_back(read_monitored(json, each)); });
        },
        true},
    Key{"exceptions"},
    Key{"millis",
        [](JsonReader& json, Json value, Record& r) {
          json.object(value, [&](std::string_view what, Json time) {
            r.millis[std::string(what)] = json.integer(time);
          });
        }},
    Key{"dropped", texts_into<&Record::dropped>, true},
    Key{"truncated", [](JsonReader& json, Json value, Record& r) { r.truncated = json.boolean(value); },
        true},
};

class Reader {
 public:
  explicit Reader(const WantedFacts* wanted = nullptr) : wanted_(wanted) {}

  tl::expected<Record, std::string> read(std::string_view line) {
    JsonReader json;
    json.document(line, [&](std::string_view name, Json value) { member(json, name, value); });
    if (!json.error().empty()) return tl::unexpected(json.error());
    if (!has_version_) return tl::unexpected(std::string("no \"v\": not a record"));
    if (!has_event_) return tl::unexpected(std::string("no \"event\": not a record"));
    if (record_.v < 1 || record_.v > kRecordVersion)
      return tl::unexpected(fmt::format("version {}, expected 1 to {}", record_.v, kRecordVersion));
    drop_empty_places(record_.observed.facts);
    return std::move(record_);
  }

 private:
  void member(JsonReader& json, std::string_view name, Json value) {
    for (std::size_t tried = 0; tried < kKeys.size(); ++tried) {
      const auto& key = kKeys[expected_];
      expected_ = (expected_ + 1) % kKeys.size();
      if (key.name != name) continue;
      has_version_ |= name == "v";
      has_event_ |= name == "event";
      if (key.read && (!wanted_ || key.decisive)) return key.read(json, value, record_);
      return facts(json, name, value);
    }
  }

  // v and policy stand before the facts: of another policy's record the derived ones are not wanted.
  void facts(JsonReader& json, std::string_view name, Json value) {
    const FactsToRead what{wanted_, !wanted_ || record_.v == 1 || record_.policy == wanted_->fingerprint()};
    auto& into = record_.observed.facts;
    if (name == "facts") read_facts(json, value, what, into);
    if (name == "unavailable") read_unavailable(json, value, what, into);
    if (name == "in_part") read_in_part(json, value, what, into);
  }

  const WantedFacts* wanted_;  // null: everything is read
  Record record_;
  std::size_t expected_ = 0;  // where the search for the next key begins
  bool has_version_ = false, has_event_ = false;
};

}  // namespace

tl::expected<Record, std::string> record_from_json(std::string_view line) { return Reader().read(line); }

tl::expected<Record, std::string> record_for_replay(std::string_view line, const WantedFacts& wanted) {
  return Reader(&wanted).read(line);
}

}  // namespace policy
