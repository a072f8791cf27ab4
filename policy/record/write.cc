#include "policy/record/write.h"

#include <array>
#include <nlohmann/json.hpp>

namespace policy {
namespace {

using Json = nlohmann::ordered_json;

// Escapes all but printable ASCII, so that a log can be looked at in any terminal; bytes that are not UTF-8
// become U+FFFD.
std::string dumped(const Json& json) { return json.dump(-1, ' ', true, Json::error_handler_t::replace); }

// How much of a record is written. Each next one is tighter: the first whose line fits is taken.
struct Bounds {
  std::size_t text;  // octets of a string
  std::size_t list;  // elements of a list
  bool trace;        // trace, exceptions, millis
  bool facts;
};
constexpr std::array<Bounds, 4> kBounds{{
    {kLongestRecordText, kLongestRecordList, true, true},
    {kLongestRecordText, kLongestRecordList, false, true},
    {kLongestRecordText, kLongestRecordList, false, false},
    {64, 4, false, false},  // each octet may be six when escaped: this one always fits
}};

// An end inside a UTF-8 character would show as U+FFFD.
std::string_view cut_at_character(std::string_view text, std::size_t most) {
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return text.substr(0, most);
}

class Writer {
 public:
  Writer(const Bounds& bounds, Detail accepted) : bounds_(bounds), accepted_(accepted) {}

  std::string write(const Record& r) {
    const bool brief = r.event == Event::accept && accepted_ != Detail::facts;
    Json out = flat(r);
    out["facts"] = bounds_.facts && !brief ? facts(r.facts) : Json::object();
    out["verdict"] = verdict(r.verdict);
    out["trace"] = bounds_.trace && !brief ? trace(r.verdict.trace) : Json::array();
    out["monitored"] = monitored(r.verdict.monitored);
    out["exceptions"] = bounds_.trace ? list(r.verdict.exceptions()) : Json::array();
    out["millis"] = bounds_.trace ? millis(r.millis) : Json::object();
    out["dropped"] = dropped();
    out["truncated"] = truncated_ || !out["dropped"].empty();
    return dumped(out);
  }

 private:
  Json flat(const Record& r) {
    Json out;
    out["v"] = r.v;
    out["ts"] = text(r.ts);
    out["event"] = to_text(r.event);
    out["ref"] = text(r.ref);
    out["session"] = text(r.session);
    out["queue_id"] = text(r.queue_id);
    out["host"] = text(r.host);
    out["stage"] = to_text(r.stage);
    out["reason"] = text(r.reason);
    out["code"] = r.code ? Json(*r.code) : Json();
    out["enhanced"] = text(r.enhanced);
    out["reply"] = list(r.reply);
    out["actor"] = text(r.actor);
    out["mode"] = to_text(r.mode);
    out["rule"] = text(r.rule);
    out["policy"] = text(r.policy);
    out["client_ip"] = text(r.client_ip);
    out["client_name"] = text(r.client_name);
    out["helo"] = optional(r.helo);
    out["mail_from"] = optional(r.mail_from);
    out["rcpt"] = recipients(r);
    out["from_domain"] = text(r.from_domain);
    out["size"] = r.size ? Json(*r.size) : Json();
    out["mta_text"] = text(r.mta_text);
    return out;
  }

  std::string_view cut(std::string_view value) {
    if (value.size() <= bounds_.text) return value;
    truncated_ = true;
    return cut_at_character(value, bounds_.text);
  }

  Json text(std::string_view value) { return value.empty() ? Json() : Json(cut(value)); }
  Json optional(const std::optional<std::string>& value) { return value ? Json(cut(*value)) : Json(); }

  // `one` makes the JSON of an element.
  template <class T, class F>
  Json bounded(const std::vector<T>& all, F one) {
    Json out = Json::array();
    for (const auto& element : all) {
      if (out.size() == bounds_.list) {
        truncated_ = true;
        break;
      }
      out.push_back(one(element));
    }
    return out;
  }

  Json list(const TextList& all) {
    return bounded(all, [this](const std::string& element) { return Json(cut(element)); });
  }

  Json recipients(const Record& r) {
    if (r.rcpt.empty()) return {};
    if (moment_of(r.stage) == Stage::rcpt && r.rcpt.size() == 1) return cut(r.rcpt.front());
    return list(r.rcpt);
  }

  Json unavailable(const Unavailable& why) { return {{"unavailable", cut(why.reason)}}; }

  Json value(const Value& any) {
    struct {
      Writer& writer;
      Json operator()(bool yes) const { return yes; }
      Json operator()(std::int64_t number) const { return number; }
      Json operator()(const std::string& words) const { return writer.cut(words); }
      Json operator()(const TextList& all) const { return writer.list(all); }
      Json operator()(const Unavailable& why) const { return writer.unavailable(why); }
    } to_json{*this};
    return std::visit(to_json, any);
  }

  Json facts(const FactSet& all) {
    Json out = Json::object();
    for (const auto& [group, fact] : all.all()) {
      if (const auto* why = std::get_if<Unavailable>(&fact)) {
        out[group] = unavailable(*why);
        continue;
      }
      auto& fields = out[group] = Json::object();
      for (const auto& [name, known] : std::get<Fields>(fact)) fields[name] = value(known);
    }
    return out;
  }

  Json verdict(const Verdict& v) {
    return {{"action", to_text(v.action)},
            {"rule", text(v.rule)},
            {"reason", text(v.reason)},
            {"unknown", text(v.unknown)}};
  }

  // Rules are our own, and as many as the policy has: their list is bounded by the line alone.
  Json trace(const std::vector<Considered>& all) {
    Json out = Json::array();
    for (const auto& c : all)
      out.push_back({{"rule", text(c.rule)},
                     {"truth", to_text(c.truth)},
                     {"path", text(c.path)},
                     {"exception", text(c.exception)}});
    return out;
  }

  Json monitored(const std::vector<Monitored>& all) {
    return bounded(all, [this](const Monitored& m) {
      return Json{{"rule", text(m.rule)}, {"action", to_text(m.action)}, {"reason", text(m.reason)}};
    });
  }

  static Json millis(const std::map<std::string, std::int64_t>& all) {
    Json out = Json::object();
    for (const auto& [what, number] : all) out[what] = number;
    return out;
  }

  // What the line had no room for: said, so that nobody takes an empty list for "none".
  Json dropped() const {
    Json out = Json::array();
    if (!bounds_.trace) out.insert(out.end(), {"trace", "exceptions", "millis"});
    if (!bounds_.facts) out.push_back("facts");
    return out;
  }

  const Bounds& bounds_;
  Detail accepted_;
  bool truncated_ = false;
};

}  // namespace

std::string to_json(const Record& record, Detail accepted) {
  std::string line;
  for (const auto& bounds : kBounds) {
    line = Writer(bounds, accepted).write(record);
    if (line.size() <= kLongestRecord) break;
  }
  return line;
}

}  // namespace policy
