#include "policy/record/read_facts.h"

#include <optional>

namespace policy {
namespace {

using Json = JsonReader::Value;
using Type = JsonReader::Type;

// A field that is null in `facts`, until another key says why. No Unavailable is without a reason.
Value place() { return Unavailable{}; }

bool is_place(const Value& value) {
  const auto* why = std::get_if<Unavailable>(&value);
  return why && why->reason.empty();
}

// Version 1: an object that says why there is no answer.
Unavailable read_reason(JsonReader& json, Json value) {
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
      return read_reason(json, value);
    case Type::null:
      return json.is_null(value) ? place() : false;
  }
  json.fail("expected a fact's value");
  return false;
}

// Other keys may have said already why a field is null here.
void read_group(JsonReader& json, std::string_view group, Json value, const FactsToRead& what,
                FactSet& facts) {
  std::optional<Unavailable> why;
  json.object(value, [&](std::string_view key, Json field) {
    if (key == "unavailable") {
      why = Unavailable{std::string(json.text(field))};
    } else if (const auto path = FieldPath::of_log(group, key); path && what.field(*path)) {
      auto known = read_value(json, field);
      if (!is_place(known) || !facts.value(*path)) facts.put(*path, std::move(known));
    }
  });
  if (why) facts.put_none(group, *std::move(why));
}

Owner read_owner(JsonReader& json, Json value) {
  if (json.is_null(value)) return Owner::world;
  return read_word(json, value, {Owner::world, Owner::ours, Owner::client}, "owner");
}

// The keys that tell why something is not known: whether this was one of them.
bool read_why(JsonReader& json, std::string_view key, Json value, Unavailable& why) {
  if (key == "why")
    why.reason = read_text(json, value);
  else if (key == "owner")
    why.owner = read_owner(json, value);
  else if (key == "given_up")
    why.given_up = json.boolean(value);
  else
    return false;
  return true;
}

void put_unknown(FactSet& facts, const std::string& name, Value value, const FactsToRead& what) {
  const auto path = FieldPath::of_log(group_of(name), field_of(name));
  if (path && what.field(*path)) facts.put(*path, std::move(value));
}

void read_end(JsonReader& json, Json value, std::int64_t& end, InPart& part) {
  if (json.is_null(value)) return;
  end = json.integer(value);
  part.of = InPart::Of::number;
}

void read_has(JsonReader& json, Json value, InPart& part) {
  if (json.is_null(value)) return;
  part.has = read_texts(json, value);
  part.of = InPart::Of::list;
}

RecipientAsked read_recipient(JsonReader& json, Json value) {
  RecipientAsked out;
  SourceAnswer answer;
  Unavailable why;
  json.object(value, [&](std::string_view key, Json member) {
    if (key == "path") out.path = read_text(json, member);
    if (key == "mta_address") out.mta_address = read_text(json, member);
    if (key == "refused") out.refused = json.boolean(member);
    if (key == "source") answer.source = read_text(json, member);
    if (key == "status") answer.status = read_text(json, member);
    if (key == "why" || key == "owner") read_why(json, key, member, why);
  });
  if (!why.reason.empty()) answer.why = std::move(why);
  if (!answer.source.empty()) out.answer = std::move(answer);
  return out;
}

ListAsked read_list(JsonReader& json, Json value) {
  ListAsked out;
  json.object(value, [&](std::string_view key, Json member) {
    if (key == "list") out.list = read_text(json, member);
    if (key == "zone") out.zone = read_text(json, member);
    if (key == "of")
      out.of = read_word(
          json, member,
          {ListOf::client_ip, ListOf::helo, ListOf::sender_domain, ListOf::client_name, ListOf::from_domain},
          "subject of a list");
    if (key == "subject") out.subject = read_text(json, member);
    if (key == "addresses") out.addresses = read_texts(json, member);
    if (key == "trouble") out.trouble = read_text(json, member);
    if (key == "owner") out.owner = read_owner(json, member);
    if (key == "doubt") out.doubt = read_text(json, member);
    if (key == "forced") out.forced = json.boolean(member);
    if (key == "given_up") out.given_up = json.boolean(member);
    if (key == "points") out.points = read_texts(json, member);
  });
  return out;
}

}  // namespace

WantedFacts::WantedFacts(const std::vector<std::string>& always, const std::vector<std::string>& derived,
                         std::string fingerprint)
    : fingerprint_(std::move(fingerprint)) {
  for (const auto& path : always) {
    always_.insert(path);
    groups_.emplace(group_of(path));
  }
  for (const auto& path : derived) {
    derived_.insert(path);
    groups_.emplace(group_of(path));
  }
}

bool WantedFacts::contains(FieldPath path, bool and_derived) const {
  return always_.contains(path) || (and_derived && derived_.contains(path));
}

bool WantedFacts::has_group(std::string_view group) const { return groups_.contains(group); }

void read_facts(JsonReader& json, Json value, const FactsToRead& what, FactSet& facts) {
  json.object(value, [&](std::string_view group, Json fact) {
    if (!what.group(group)) return;
    if (json.is_null(fact))
      facts.put_none(group, Unavailable{});
    else
      read_group(json, group, fact, what, facts);
  });
}

void read_unavailable(JsonReader& json, Json value, const FactsToRead& what, FactSet& facts) {
  json.array(value, [&](Json element) {
    std::string path;
    Unavailable why;
    json.object(element, [&](std::string_view key, Json member) {
      if (key == "fact")
        path = read_text(json, member);
      else
        read_why(json, key, member, why);
    });
    if (why.reason.empty() || path.empty()) return;
    if (!field_of(path).empty())
      put_unknown(facts, path, std::move(why), what);
    else if (what.group(path))
      facts.put_none(path, std::move(why));
  });
}

void read_in_part(JsonReader& json, Json value, const FactsToRead& what, FactSet& facts) {
  json.array(value, [&](Json element) {
    std::string path;
    InPart part;
    json.object(element, [&](std::string_view key, Json member) {
      if (read_why(json, key, member, part.why)) return;
      if (key == "fact") path = read_text(json, member);
      if (key == "at_least") read_end(json, member, part.at_least, part);
      if (key == "at_most") read_end(json, member, part.at_most, part);
      if (key == "has") read_has(json, member, part);
      if (key == "open") part.may = read_texts(json, member);
      if (key == "anything") part.anything = json.boolean(member);
      if (key == "unasked") part.unasked = read_texts(json, member);
    });
    if (!field_of(path).empty()) put_unknown(facts, path, std::move(part), what);
  });
}

void drop_empty_places(FactSet& facts) {
  std::vector<FieldPath> places;
  for (const auto& [path, value] : facts.fields())
    if (is_place(value)) places.push_back(path);
  for (const auto path : places) facts.forget(path);
  std::vector<std::string> groups;
  for (const auto& [group, why] : facts.silent_groups())
    if (why.reason.empty()) groups.push_back(group);
  for (const auto& group : groups) facts.forget_group(group);
}

void read_observed(JsonReader& json, Json value, Observed& observed) {
  json.object(value, [&](std::string_view key, Json member) {
    if (key == "recipient" && !json.is_null(member)) observed.recipient = read_recipient(json, member);
    if (key == "accepted")
      json.array(member, [&](Json one) { observed.accepted.push_back(read_recipient(json, one)); });
    if (key == "lists") json.array(member, [&](Json one) { observed.lists.push_back(read_list(json, one)); });
    if (key == "dmarc_mode") observed.dmarc_mode = read_text(json, member);
  });
}

std::string read_text(JsonReader& json, Json value) {
  return json.is_null(value) ? std::string() : std::string(json.text(value));
}

TextList read_texts(JsonReader& json, Json value) {
  TextList out;
  if (json.is_null(value)) return out;
  json.array(value, [&](Json element) { out.emplace_back(json.text(element)); });
  return out;
}

}  // namespace policy
