#include "policy/record/write.h"

#include <algorithm>
#include <array>

#include "policy/record/json_writer.h"

namespace policy {
namespace {

// How much of a record is written. Each next one is tighter: the first whose line fits is taken.
struct Bounds {
  std::size_t text;  // octets of a string
  std::size_t list;  // elements of a list
  bool trace;        // trace, exceptions, millis
  bool accepted;     // observed.accepted
  bool facts;        // facts, unavailable, in_part, observed
};
constexpr std::array<Bounds, 5> kBounds{{
    {kLongestRecordText, kLongestRecordList, true, true, true},
    {kLongestRecordText, kLongestRecordList, false, true, true},
    {kLongestRecordText, kLongestRecordList, false, false, true},
    {kLongestRecordText, kLongestRecordList, false, false, false},
    {64, 4, false, false, false},  // each octet may be six when escaped: this one always fits
}};

// An end inside a UTF-8 character would show as U+FFFD.
std::string_view cut_at_character(std::string_view text, std::size_t most) {
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return text.substr(0, most);
}

class Writer {
 public:
  Writer(const Record& record, const Bounds& bounds, Detail accepted)
      : r_(record),
        bounds_(bounds),
        brief_(record.event == Event::accept && accepted != Detail::facts),
        facts_(bounds.facts && !brief_),
        groups_(facts_ ? record.observed.facts.groups() : std::vector<FactGroup>()),
        truncated_(record.truncated) {
    out_.reserve(kUsualLine);
  }

  std::string write() && {
    out_.begin_object();
    identity();
    decision();
    session();
    facts();
    unknowns();
    observed();
    verdict();
    ending();
    out_.end_object();
    return std::move(out_).take();
  }

 private:
  static constexpr std::size_t kUsualLine = 4096;

  std::string_view cut(std::string_view value) {
    if (value.size() <= bounds_.text) return value;
    truncated_ = true;
    return cut_at_character(value, bounds_.text);
  }

  // Null for the empty text.
  void text(std::string_view name, std::string_view value) {
    out_.key(name);
    if (value.empty())
      out_.null();
    else
      out_.text(cut(value));
  }
  void word(std::string_view name, std::string_view value) {
    out_.key(name);
    out_.text(value);
  }
  void flag(std::string_view name, bool value) {
    out_.key(name);
    out_.flag(value);
  }
  void number(std::string_view name, std::optional<std::int64_t> value) {
    out_.key(name);
    if (value)
      out_.number(*value);
    else
      out_.null();
  }
  // Null for 0.
  void positive(std::string_view name, int value) {
    number(name, value > 0 ? std::optional<std::int64_t>(value) : std::nullopt);
  }
  void optional(std::string_view name, const std::optional<std::string>& value) {
    out_.key(name);
    if (value)
      out_.text(cut(*value));
    else
      out_.null();
  }
  void texts(const TextList& all) {
    out_.begin_array();
    const auto count = std::min(all.size(), bounds_.list);
    for (std::size_t i = 0; i < count; ++i) out_.text(cut(all[i]));
    truncated_ |= count < all.size();
    out_.end_array();
  }
  void texts(std::string_view name, const TextList& all) {
    out_.key(name);
    texts(all);
  }

  void identity() {
    number("v", kRecordVersion);
    text("ts", r_.ts);
    word("event", to_text(r_.event));
    text("ref", r_.ref);
    text("session", r_.session);
    positive("transaction", r_.transaction);
    text("queue_id", r_.queue_id);
    text("message_id", r_.message_id);
    text("host", r_.host);
    word("stage", to_text(r_.stage));
  }

  void decision() {
    text("reason", r_.reason);
    number("code", r_.code);
    text("enhanced", r_.enhanced);
    texts("reply", r_.reply);
    text("actor", r_.actor);
    word("mode", to_text(r_.mode));
    text("rule", r_.rule);
    text("policy", r_.policy);
    text("program", r_.program);
  }

  void session() {
    text("client_ip", r_.client_ip);
    positive("client_port", r_.client_port);
    text("client_name", r_.client_name);
    text("listener", r_.listener);
    text("tls", r_.tls);
    optional("helo", r_.helo);
    optional("mail_from", r_.mail_from);
    texts("rcpt", r_.rcpt);
    text("from_domain", r_.from_domain);
    number("size", r_.size);
    text("mta_text", r_.mta_text);
  }

  void value(const Value& any) {
    struct {
      Writer& writer;
      void operator()(bool yes) const { writer.out_.flag(yes); }
      void operator()(std::int64_t one) const { writer.out_.number(one); }
      void operator()(const std::string& words) const { writer.out_.text(writer.cut(words)); }
      void operator()(const TextList& all) const { writer.texts(all); }
      void operator()(const Unavailable&) const { writer.out_.null(); }
      void operator()(const InPart&) const { writer.out_.null(); }
    } put{*this};
    std::visit(put, any);
  }

  void facts() {
    out_.key("facts");
    out_.begin_object();
    for (const auto& group : groups_) {
      out_.any_key(group.name);
      if (group.why) {
        out_.null();
        continue;
      }
      out_.begin_object();
      for (const auto& [path, known] : group.fields) {
        out_.any_key(path.field());
        value(*known);
      }
      out_.end_object();
    }
    out_.end_object();
  }

  // Each field that is a T, by its path; a group that is unavailable as a whole by its name.
  template <class T, class F>
  void each_unknown(F put) {
    for (const auto& group : groups_) {
      if constexpr (std::is_same_v<T, Unavailable>)
        if (group.why) put(group.name, *group.why);
      for (const auto& [path, known] : group.fields)
        if (const auto* one = std::get_if<T>(known)) put(path.text(), *one);
    }
  }

  // Both null where nothing is missing but questions that nobody has asked.
  void why(const Unavailable& why) {
    text("why", why.reason);
    text("owner", why.reason.empty() ? std::string_view() : to_text(why.owner));
    flag("given_up", why.given_up);
  }

  void in_part(std::string_view path, const InPart& part) {
    const bool is_number = part.of == InPart::Of::number;
    out_.begin_object();
    text("fact", path);
    why(part.why);
    number("at_least", is_number ? std::optional(part.at_least) : std::nullopt);
    number("at_most", is_number ? std::optional(part.at_most) : std::nullopt);
    out_.key("has");
    if (part.of == InPart::Of::list)
      texts(part.has);
    else
      out_.null();
    texts("open", part.may);
    flag("anything", part.anything);
    texts("unasked", part.unasked);
    out_.end_object();
  }

  void unknowns() {
    out_.key("unavailable");
    out_.begin_array();
    each_unknown<Unavailable>([&](std::string_view path, const Unavailable& reason) {
      out_.begin_object();
      text("fact", path);
      why(reason);
      out_.end_object();
    });
    out_.end_array();
    out_.key("in_part");
    out_.begin_array();
    each_unknown<InPart>([&](std::string_view path, const InPart& part) { in_part(path, part); });
    out_.end_array();
  }

  void recipient(const RecipientAsked& one) {
    const auto* answer = one.answer ? &*one.answer : nullptr;
    const auto* trouble = answer && answer->why ? &*answer->why : nullptr;
    out_.begin_object();
    text("path", one.path);
    text("mta_address", one.mta_address);
    flag("refused", one.refused);
    text("source", answer ? std::string_view(answer->source) : std::string_view());
    text("status", answer ? std::string_view(answer->status) : std::string_view());
    text("why", trouble ? std::string_view(trouble->reason) : std::string_view());
    text("owner", trouble ? to_text(trouble->owner) : std::string_view());
    out_.end_object();
  }

  void list(const ListAsked& asked) {
    const bool silent = !asked.trouble.empty() || !asked.doubt.empty();
    out_.begin_object();
    text("list", asked.list);
    text("zone", asked.zone);
    word("of", to_text(asked.of));
    text("subject", asked.subject);
    texts("addresses", asked.addresses);
    text("trouble", asked.trouble);
    text("owner", silent ? to_text(asked.owner) : std::string_view());
    text("doubt", asked.doubt);
    flag("forced", asked.forced);
    flag("given_up", asked.given_up);
    texts("points", asked.points);
    out_.end_object();
  }

  void observed() {
    const auto& all = r_.observed;
    out_.key("observed");
    out_.begin_object();
    out_.key("recipient");
    if (facts_ && all.recipient)
      recipient(*all.recipient);
    else
      out_.null();
    out_.key("accepted");
    out_.begin_array();
    if (facts_ && bounds_.accepted)
      for (const auto& one : all.accepted) recipient(one);
    out_.end_array();
    out_.key("lists");
    out_.begin_array();
    if (facts_)
      for (const auto& asked : all.lists) list(asked);
    out_.end_array();
    text("dmarc_mode", facts_ ? std::string_view(all.dmarc_mode) : std::string_view());
    out_.end_object();
  }

  void verdict() {
    const auto& v = r_.verdict;
    out_.key("verdict");
    out_.begin_object();
    word("action", to_text(v.action));
    text("rule", v.rule);
    text("reason", v.reason);
    text("unknown", v.unknown);
    out_.end_object();
    // Rules are our own, and as many as the policy has: their list is bounded by the line alone.
    out_.key("trace");
    out_.begin_array();
    if (bounds_.trace && !brief_)
      for (const auto& one : v.trace) considered(one);
    out_.end_array();
    out_.key("monitored");
    out_.begin_array();
    const auto count = std::min(v.monitored.size(), bounds_.list);
    for (std::size_t i = 0; i < count; ++i) monitored(v.monitored[i]);
    truncated_ |= count < v.monitored.size();
    out_.end_array();
  }

  void considered(const Considered& one) {
    out_.begin_object();
    text("rule", one.rule);
    word("truth", to_text(one.truth));
    text("path", one.path);
    text("exception", one.exception);
    out_.end_object();
  }

  void monitored(const Monitored& one) {
    out_.begin_object();
    text("rule", one.rule);
    word("action", to_text(one.action));
    text("reason", one.reason);
    out_.end_object();
  }

  void ending() {
    texts("exceptions", bounds_.trace ? r_.verdict.exceptions() : TextList{});
    out_.key("millis");
    out_.begin_object();
    for (const auto& [what, time] : r_.millis) {
      if (!bounds_.trace) break;
      out_.any_key(what);
      out_.number(time);
    }
    out_.end_object();
    const auto gone = dropped();
    texts("dropped", gone);
    flag("truncated", truncated_ || !gone.empty());
  }

  // What the line had no room for, now or when it was read: said, so that nobody takes an empty list for "none".
  TextList dropped() const {
    auto out = r_.dropped;
    const auto add = [&](std::string_view part) {
      if (std::find(out.begin(), out.end(), part) == out.end()) out.emplace_back(part);
    };
    if (!bounds_.trace)
      for (const auto* part : {"trace", "exceptions", "millis"}) add(part);
    if (!bounds_.accepted && !r_.observed.accepted.empty()) add("observed.accepted");
    if (!bounds_.facts) add("facts");
    if (r_.v == 1) add("observed");
    return out;
  }

  const Record& r_;
  const Bounds& bounds_;
  const bool brief_, facts_;
  const std::vector<FactGroup> groups_;
  bool truncated_;
  JsonWriter out_;
};

}  // namespace

std::string to_json(const Record& record, Detail accepted) {
  std::string line;
  for (const auto& bounds : kBounds) {
    line = Writer(record, bounds, accepted).write();
    if (line.size() <= kLongestRecord) break;
  }
  return line;
}

}  // namespace policy
