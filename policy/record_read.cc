// A record out of its JSON line: one pass, no tree.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "policy/record.h"
#include "policy/record_json.h"

namespace policy {
namespace {

using Type = JsonCursor::Type;

template <class T>
T word_of(JsonCursor& json, std::initializer_list<T> all, std::string_view what) {
  const auto word = json.text();
  for (const T one : all)
    if (to_text(one) == word) return one;
  json.fail(fmt::format("unknown {} \"{}\"", what, word.substr(0, 40)));
  return *all.begin();
}

Event read_event(JsonCursor& json) {
  return word_of(json,
                 {Event::accept, Event::reject, Event::defer, Event::would_reject, Event::would_defer,
                  Event::mta_reject},
                 "event");
}

Stage read_stage(JsonCursor& json) {
  const auto word = json.text();
  const auto stage = parse_stage(word);
  if (!stage) json.fail(fmt::format("unknown stage \"{}\"", word.substr(0, 40)));
  return stage.value_or(Stage::rcpt);
}

Mode read_mode(JsonCursor& json) { return word_of(json, {Mode::enforce, Mode::monitor}, "mode"); }

Action read_action(JsonCursor& json) {
  return word_of(json, {Action::pass, Action::accept, Action::defer, Action::reject}, "action");
}

Truth read_truth(JsonCursor& json) {
  return word_of(json, {Truth::no, Truth::yes, Truth::unknown, Truth::not_asked}, "truth");
}

std::string read_text(JsonCursor& json) { return json.null() ? "" : json.text(); }

std::optional<std::string> read_optional(JsonCursor& json) {
  if (json.null()) return std::nullopt;
  return json.text();
}

TextList read_texts(JsonCursor& json) {
  TextList out;
  if (json.null()) return out;
  json.array([&] { out.push_back(json.text()); });
  return out;
}

TextList read_recipients(JsonCursor& json) {
  if (json.peek() == Type::text) return {json.text()};
  return read_texts(json);
}

// An object that says why there is no answer.
Unavailable read_unavailable(JsonCursor& json) {
  Unavailable out;
  json.object([&](std::string_view key) {
    if (key == "unavailable")
      out.reason = json.text();
    else
      json.skip();
  });
  return out;
}

Value read_value(JsonCursor& json) {
  switch (json.peek()) {
    case Type::boolean:
      return json.boolean();
    case Type::number:
      return json.integer();
    case Type::text:
      return json.text();
    case Type::array:
      return read_texts(json);
    case Type::object:
      return read_unavailable(json);
    case Type::null:
    case Type::none:
      break;
  }
  json.fail("expected a fact's value");
  return false;
}

Fact read_fact(JsonCursor& json) {
  Fields fields;
  std::optional<Unavailable> why;
  json.object([&](std::string_view key) {
    if (key == "unavailable")
      why = Unavailable{json.text()};
    else if (!json.null())  // a null is as good as absent
      fields.emplace_back(std::string(key), read_value(json));
  });
  if (why) return *std::move(why);
  return fields;
}

// Of a group only the fields that are wanted, and whether it is unavailable.
Fact read_wanted(JsonCursor& json, const std::vector<std::string>& names) {
  Fields fields;
  std::optional<Unavailable> why;
  json.object([&](std::string_view key) {
    if (key == "unavailable")
      why = Unavailable{json.text()};
    else if (std::find(names.begin(), names.end(), key) == names.end())
      json.pass_over();
    else if (!json.null())
      fields.emplace_back(std::string(key), read_value(json));
  });
  if (why) return *std::move(why);
  return fields;
}

FactSet read_facts(JsonCursor& json, const WantedFacts& wanted) {
  FactSet out;
  json.object([&](std::string_view group) {
    const auto* names = wanted.of(group);
    if (!names) json.pass_over();
    out.put(group, names ? read_wanted(json, *names) : Fields{});
  });
  return out;
}

FactSet read_facts(JsonCursor& json) {
  FactSet out;
  json.object([&](std::string_view group) { out.put(group, read_fact(json)); });
  return out;
}

Considered read_considered(JsonCursor& json) {
  Considered out;
  json.object([&](std::string_view key) {
    if (key == "rule")
      out.rule = read_text(json);
    else if (key == "truth")
      out.truth = read_truth(json);
    else if (key == "path")
      out.path = read_text(json);
    else if (key == "exception")
      out.exception = read_text(json);
    else
      json.skip();
  });
  return out;
}

Monitored read_monitored(JsonCursor& json) {
  Monitored out;
  json.object([&](std::string_view key) {
    if (key == "rule")
      out.rule = read_text(json);
    else if (key == "action")
      out.action = read_action(json);
    else if (key == "reason")
      out.reason = read_text(json);
    else
      json.skip();
  });
  return out;
}

void read_verdict(JsonCursor& json, Verdict& out) {
  json.object([&](std::string_view key) {
    if (key == "action")
      out.action = read_action(json);
    else if (key == "rule")
      out.rule = read_text(json);
    else if (key == "reason")
      out.reason = read_text(json);
    else if (key == "unknown")
      out.unknown = read_text(json);
    else
      json.skip();
  });
}

// One key of a record: how it is read.
struct Key {
  std::string_view name;
  void (*read)(JsonCursor&, Record&);
};

template <auto member>
void text_into(JsonCursor& json, Record& r) {
  r.*member = read_text(json);
}
template <auto member>
void optional_into(JsonCursor& json, Record& r) {
  r.*member = read_optional(json);
}

// In the order in which they are written: a reader that follows it finds each at once.
constexpr std::array kKeys{
    Key{"v", [](JsonCursor& json, Record& r) { r.v = static_cast<int>(json.integer()); }},
    Key{"ts", text_into<&Record::ts>},
    Key{"event", [](JsonCursor& json, Record& r) { r.event = read_event(json); }},
    Key{"ref", text_into<&Record::ref>},
    Key{"session", text_into<&Record::session>},
    Key{"queue_id", text_into<&Record::queue_id>},
    Key{"host", text_into<&Record::host>},
    Key{"stage", [](JsonCursor& json, Record& r) { r.stage = read_stage(json); }},
    Key{"reason", text_into<&Record::reason>},
    Key{"code",
        [](JsonCursor& json, Record& r) {
          if (!json.null()) r.code = static_cast<int>(json.integer());
        }},
    Key{"enhanced", text_into<&Record::enhanced>},
    Key{"reply", [](JsonCursor& json, Record& r) { r.reply = read_texts(json); }},
    Key{"actor", text_into<&Record::actor>},
    Key{"mode", [](JsonCursor& json, Record& r) { r.mode = read_mode(json); }},
    Key{"rule", text_into<&Record::rule>},
    Key{"policy", text_into<&Record::policy>},
    Key{"client_ip", text_into<&Record::client_ip>},
    Key{"client_name", text_into<&Record::client_name>},
    Key{"helo", optional_into<&Record::helo>},
    Key{"mail_from", optional_into<&Record::mail_from>},
    Key{"rcpt", [](JsonCursor& json, Record& r) { r.rcpt = read_recipients(json); }},
    Key{"from_domain", text_into<&Record::from_domain>},
    Key{"size",
        [](JsonCursor& json, Record& r) {
          if (!json.null()) r.size = json.integer();
        }},
    Key{"mta_text", text_into<&Record::mta_text>},
    Key{"facts", [](JsonCursor& json, Record& r) { r.facts = read_facts(json); }},
    Key{"verdict", [](JsonCursor& json, Record& r) { read_verdict(json, r.verdict); }},
    Key{"trace", [](JsonCursor& json,
                    Record& r) { json.array([&] { r.verdict.trace.push_back(read_considered(json)); }); }},
    Key{"monitored",
        [](JsonCursor& json, Record& r) {
          json.array([&] { r.verdict.monitored.push_back(read_monitored(json)); });
        }},
    Key{"millis",
        [](JsonCursor& json, Record& r) {
          json.object([&](std::string_view what) { r.millis[std::string(what)] = json.integer(); });
        }},
};

// Which of kKeys a replay reads beside the facts.
constexpr auto kDecisive = [] {
  constexpr std::array<std::string_view, 8> kNames{"v",         "event",  "ref",     "stage",
                                                   "mail_from", "policy", "verdict", "monitored"};
  std::array<bool, kKeys.size()> out{};
  for (std::size_t i = 0; i < kKeys.size(); ++i)
    out[i] = std::find(kNames.begin(), kNames.end(), kKeys[i].name) != kNames.end();
  return out;
}();

class Reader {
 public:
  explicit Reader(const WantedFacts* wanted = nullptr) : wanted_(wanted) {}

  tl::expected<Record, std::string> read(std::string_view line) {
    JsonCursor json(line);
    json.object([&](std::string_view name) { member(json, name); });
    if (json.error().empty() && !json.at_end()) json.fail("more after the record");
    if (!json.error().empty()) return tl::unexpected(json.error());
    if (!has_version_) return tl::unexpected(std::string("no \"v\": not a record"));
    if (!has_event_) return tl::unexpected(std::string("no \"event\": not a record"));
    if (record_.v != 1) return tl::unexpected(fmt::format("version {}, expected 1", record_.v));
    return std::move(record_);
  }

 private:
  void member(JsonCursor& json, std::string_view name) {
    for (std::size_t tried = 0; tried < kKeys.size(); ++tried) {
      const auto& key = kKeys[expected_];
      const bool decisive = kDecisive[expected_];
      expected_ = (expected_ + 1) % kKeys.size();
      if (key.name != name) continue;
      has_version_ |= name == "v";
      has_event_ |= name == "event";
      if (!wanted_ || decisive) return key.read(json, record_);
      if (name != "facts") return json.pass_over();
      record_.facts = read_facts(json, *wanted_);
      return;
    }
    json.skip();
  }

  const WantedFacts* wanted_;  // null: everything is read
  Record record_;
  std::size_t expected_ = 0;  // where the search for the next key begins
  bool has_version_ = false, has_event_ = false;
};

}  // namespace

tl::expected<Record, std::string> record_from_json(std::string_view line) { return Reader().read(line); }

WantedFacts::WantedFacts(const std::vector<std::string>& paths) {
  std::map<std::string, std::vector<std::string>> groups;
  for (const auto& path : paths) groups[std::string(group_of(path))].emplace_back(field_of(path));
  groups_.assign(groups.begin(), groups.end());
}

const std::vector<std::string>* WantedFacts::of(std::string_view group) const {
  const auto it =
      std::find_if(groups_.begin(), groups_.end(), [&](const auto& entry) { return entry.first == group; });
  return it == groups_.end() ? nullptr : &it->second;
}

tl::expected<Record, std::string> record_for_replay(std::string_view line, const WantedFacts& wanted) {
  return Reader(&wanted).read(line);
}

}  // namespace policy
