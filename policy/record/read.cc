#include "policy/record/read.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "policy/record/json_reader.h"

namespace policy {
namespace {

constexpr std::size_t kUsualGroups = 12, kUsualFields = 8;

using Json = JsonReader::Value;
using Type = JsonReader::Type;

template <class T>
T word_of(JsonReader& json, Json value, std::initializer_list<T> all, std::string_view what) {
  const auto word = json.text(value);
  for (const T one : all)
    if (to_text(one) == word) return one;
  json.fail(fmt::format("unknown {} \"{}\"", what, word.substr(0, 40)));
  return *all.begin();
}

Event read_event(JsonReader& json, Json value) {
  return word_of(json, value,
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
  return word_of(json, value, {Mode::enforce, Mode::monitor}, "mode");
}

Action read_action(JsonReader& json, Json value) {
  return word_of(json, value, {Action::pass, Action::accept, Action::defer, Action::reject}, "action");
}

Truth read_truth(JsonReader& json, Json value) {
  return word_of(json, value, {Truth::no, Truth::yes, Truth::unknown, Truth::not_asked}, "truth");
}

std::string read_text(JsonReader& json, Json value) {
  return json.is_null(value) ? std::string() : std::string(json.text(value));
}

std::optional<std::string> read_optional(JsonReader& json, Json value) {
  if (json.is_null(value)) return std::nullopt;
  return std::string(json.text(value));
}

TextList read_texts(JsonReader& json, Json value) {
  TextList out;
  if (json.is_null(value)) return out;
  json.array(value, [&](Json element) { out.emplace_back(json.text(element)); });
  return out;
}

TextList read_recipients(JsonReader& json, Json value) {
  if (json.type(value) == Type::string) return {std::string(json.text(value))};
  return read_texts(json, value);
}

// An object that says why there is no answer.
Unavailable read_unavailable(JsonReader& json, Json value) {
  Unavailable out;
  json.object(value, [&](std::string_view key, Json why) {
    if (key == "unavailable") out.reason = json.text(why);
  });
  return out;
}

Value read_value(JsonReader& json, Json value) {
  switch (json.type(value)) {
    case Type::boolean:
      return json.boolean(value);
    case Type::number:
      return json.integer(value);
    case Type::string:
      return std::string(json.text(value));
    case Type::array:
      return read_texts(json, value);
    case Type::object:
      return read_unavailable(json, value);
    case Type::null:
      break;
  }
  json.fail("expected a fact's value");
  return false;
}

// The fields of a group that `names` holds (null: all of them), and whether the group is unavailable.
Fact read_fact(JsonReader& json, Json group, const std::vector<std::string>* names) {
  Fields fields;
  fields.reserve(names ? names->size() : kUsualFields);
  std::optional<Unavailable> why;
  json.object(group, [&](std::string_view key, Json value) {
    if (key == "unavailable")
      why = Unavailable{std::string(json.text(value))};
    else if (names && std::find(names->begin(), names->end(), key) == names->end())
      return;
    else if (!json.is_null(value))  // a null is as good as absent
      fields.emplace_back(std::string(key), read_value(json, value));
  });
  if (why) return *std::move(why);
  return fields;
}

FactSet read_facts(JsonReader& json, Json value, const WantedFacts* wanted) {
  FactSet out;
  out.reserve(kUsualGroups);
  json.object(value, [&](std::string_view group, Json fact) {
    const auto* names = wanted ? wanted->of(group) : nullptr;
    out.put(group, wanted && !names ? Fact{} : read_fact(json, fact, names));
  });
  return out;
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
  void (*read)(JsonReader&, Json, Record&);
};

template <auto member>
void text_into(JsonReader& json, Json value, Record& r) {
  r.*member = read_text(json, value);
}
template <auto member>
void optional_into(JsonReader& json, Json value, Record& r) {
  r.*member = read_optional(json, value);
}

// In the order in which they are written: a reader that follows it finds each at once.
constexpr std::array kKeys{
    Key{"v", [](JsonReader& json, Json value, Record& r) { r.v = static_cast<int>(json.integer(value)); }},
    Key{"ts", text_into<&Record::ts>},
    Key{"event", [](JsonReader& json, Json value, Record& r) { r.event = read_event(json, value); }},
    Key{"ref", text_into<&Record::ref>},
    Key{"session", text_into<&Record::session>},
    Key{"queue_id", text_into<&Record::queue_id>},
    Key{"host", text_into<&Record::host>},
    Key{"stage", [](JsonReader& json, Json value, Record& r) { r.stage = read_stage(json, value); }},
    Key{"reason", text_into<&Record::reason>},
    Key{"code",
        [](JsonReader& json, Json value, Record& r) {
          if (!json.is_null(value)) r.code = static_cast<int>(json.integer(value));
        }},
    Key{"enhanced", text_into<&Record::enhanced>},
    Key{"reply", [](JsonReader& json, Json value, Record& r) { r.reply = read_texts(json, value); }},
    Key{"actor", text_into<&Record::actor>},
    Key{"mode", [](JsonReader& json, Json value, Record& r) { r.mode = read_mode(json, value); }},
    Key{"rule", text_into<&Record::rule>},
    Key{"policy", text_into<&Record::policy>},
    Key{"client_ip", text_into<&Record::client_ip>},
    Key{"client_name", text_into<&Record::client_name>},
    Key{"helo", optional_into<&Record::helo>},
    Key{"mail_from", optional_into<&Record::mail_from>},
    Key{"rcpt", [](JsonReader& json, Json value, Record& r) { r.rcpt = read_recipients(json, value); }},
    Key{"from_domain", text_into<&Record::from_domain>},
    Key{"size",
        [](JsonReader& json, Json value, Record& r) {
          if (!json.is_null(value)) r.size = json.integer(value);
        }},
    Key{"mta_text", text_into<&Record::mta_text>},
    Key{"facts", [](JsonReader& json, Json value, Record& r) { r.facts = read_facts(json, value, nullptr); }},
    Key{"verdict", [](JsonReader& json, Json value, Record& r) { read_verdict(json, value, r.verdict); }},
    Key{"trace",
        [](JsonReader& json, Json value, Record& r) {
          json.array(value, [&](Json each) { r.verdict.trace.push_back(read_considered(json, each)); });
        }},
    Key{"monitored",
        [](JsonReader& json, Json value, Record& r) {
          json.array(value, [&](Json each) { r.verdict.monitored.push_back(read_monitored(json, each)); });
        }},
    Key{"millis",
        [](JsonReader& json, Json value, Record& r) {
          json.object(value, [&](std::string_view what, Json time) {
            r.millis[std::string(what)] = json.integer(time);
          });
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
    JsonReader json;
    json.document(line, [&](std::string_view name, Json value) { member(json, name, value); });
    if (!json.error().empty()) return tl::unexpected(json.error());
    if (!has_version_) return tl::unexpected(std::string("no \"v\": not a record"));
    if (!has_event_) return tl::unexpected(std::string("no \"event\": not a record"));
    if (record_.v != 1) return tl::unexpected(fmt::format("version {}, expected 1", record_.v));
    return std::move(record_);
  }

 private:
  void member(JsonReader& json, std::string_view name, Json value) {
    for (std::size_t tried = 0; tried < kKeys.size(); ++tried) {
      const auto& key = kKeys[expected_];
      const bool decisive = kDecisive[expected_];
      expected_ = (expected_ + 1) % kKeys.size();
      if (key.name != name) continue;
      has_version_ |= name == "v";
      has_event_ |= name == "event";
      if (!wanted_ || decisive) return key.read(json, value, record_);
      if (name == "facts") record_.facts = read_facts(json, value, wanted_);
      return;
    }
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
