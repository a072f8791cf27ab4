#include "policy/load/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "policy/load/shipped.h"
#include "policy/load/yaml_reader.h"
#include "policy/nearest.h"
#include "policy/reply/check.h"

namespace policy {
namespace {

constexpr auto kRootKeys = names(kRepliesKeys);
constexpr auto kEntryKeys = names(kReplyKeys);
constexpr std::array kActors{Actor::none,         Actor::sender,    Actor::sender_admin,
                             Actor::domain_admin, Actor::recipient, Actor::recipient_admin};

struct Reading {
  const Schema& schema;
  const Catalogue& base;
  SchemaHas has;
  Findings& findings;
};

bool is_reason_id(std::string_view id) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !id.empty() && id.size() <= kLongestReason && std::all_of(id.begin(), id.end(), is_letter) &&
         id.front() != '-' && id.back() != '-';
}

// "451 4.7.1"
void read_temporary(const YamlMapping& entry, ReplyTemplate& out, Findings& findings) {
  const auto written = entry.text("temporary");
  if (!written) return;
  const auto space = written->find(' ');
  const auto code = written->substr(0, space);
  if (space != 3 || !std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    findings.error(entry.place_of("temporary"),
                   fmt::format("expected a code and an enhanced code, as 451 4.7.1, read \"{}\"", *written));
    return;
  }
  out.temporary_code = std::stoi(code);
  out.temporary_enhanced = written->substr(space + 1);
}

void read_actor(const YamlMapping& entry, ReplyTemplate& out) {
  std::array<std::string_view, kActors.size()> words;
  std::transform(kActors.begin(), kActors.end(), words.begin(), [](Actor actor) { return to_text(actor); });
  const auto word = entry.word("actor", words);
  for (const auto actor : kActors)
    if (word == to_text(actor)) out.actor = actor;
}

Value read_sample_value(const YamlValue& value) {
  if (value.is_list()) {
    TextList out;
    for (const auto& item : value.items()) out.push_back(item.text());
    return out;
  }
  if (const auto flag = value.flag()) return *flag;
  if (const auto number = value.number()) return *number;
  return value.text();
}

void read_sample(const YamlMapping& entry, ReplyTemplate& out, const Reading& reading) {
  const auto sample = entry.find("sample");
  if (!sample) return;
  out.sample = {};
  for (const auto& [group, fields] : sample->entries()) {
    Fields facts;
    for (const auto& [name, value] : fields.entries()) {
      const auto path = group.text() + "." + name.text();
      if (reading.has == SchemaHas::all && !reading.schema.find(path).field)
        reading.findings.error(name.at(), fmt::format("unknown fact {}", path),
                               nearest(path, reading.schema.paths()));
      facts.emplace_back(name.text(), read_sample_value(value));
    }
    out.sample.put(group.text(), facts);
  }
}

// Keys that are not there keep what they are.
void read_keys(const YamlMapping& entry, ReplyTemplate& out, const Reading& reading) {
  if (const auto code = entry.number("code", {400, 599})) out.code = static_cast<int>(*code);
  if (auto enhanced = entry.text("enhanced")) out.enhanced = *std::move(enhanced);
  read_temporary(entry, out, reading.findings);
  read_actor(entry, out);
  if (auto category = entry.word("category", kReplyCategories)) out.category = *std::move(category);
  if (entry.has("text")) out.text = entry.texts("text", "lines");
  if (auto fallback = entry.text("fallback")) out.fallback = *std::move(fallback);
  if (auto help = entry.text("help")) out.help = *std::move(help);
  read_sample(entry, out, reading);
  out.kinds = kinds_of(out.text, reading.schema);
}

// Of a character of a line of `text`.
Place place_in(const YamlMapping& entry, const TextProblem& problem) {
  if (!problem.line) return entry.place_of(problem.key);
  const auto lines = entry.list("text", "lines");
  if (*problem.line >= lines.size()) return entry.place_of("text");
  const auto& line = lines[*problem.line];
  auto place = line.at();
  place.column += static_cast<int>(problem.offset) + (line.is_quoted() ? 1 : 0);
  return place;
}

// The reasons of DNS and of ourselves must never become a 5xx.
void check_stays_temporary(const YamlMapping& entry, std::string_view id, const ReplyTemplate& read,
                           const Reading& reading) {
  const auto base = reading.base.find(id);
  if (base == reading.base.end() || read.code < 500 || base->second.code >= 500) return;
  if (base->second.category == "system" || id.ends_with("-temperror"))
    reading.findings.error(
        entry.place_of("code"),
        fmt::format("code {}; expected 4xx: {} is trouble of ours or of DNS, and costs nobody their mail",
                    read.code, id));
}

// A reason that the base has is changed; another must be whole.
ReplyTemplate read_entry(const YamlValue& key, const YamlValue& value, const Reading& reading) {
  const auto id = key.text();
  const auto base = reading.base.find(id);
  const YamlMapping entry(value, fmt::format("reply \"{}\"", id), kEntryKeys, reading.findings);
  auto out = base == reading.base.end() ? ReplyTemplate{} : base->second;
  if (base == reading.base.end()) {
    if (!is_reason_id(id))
      reading.findings.error(
          key.at(),
          fmt::format("reason \"{}\"; expected lower-case words joined by hyphens, at most {} characters", id,
                      kLongestReason));
    const bool whole =
        entry.has("code") && entry.has("enhanced") && entry.has("text") && entry.has("fallback");
    if (!whole) {
      std::vector<std::string> known;
      for (const auto& [reason, text] : reading.base) known.push_back(reason);
      reading.findings.error(
          key.at(),
          fmt::format("unknown reason \"{}\"; one of your own needs code, enhanced, text and fallback", id),
          nearest(id, known));
      return out;
    }
  }
  out.at = key.at();
  read_keys(entry, out, reading);
  check_stays_temporary(entry, id, out, reading);
  for (const auto& problem : check_text(out, reading.schema, reading.has))
    reading.findings.error(place_in(entry, problem), problem.what, problem.suggestion);
  return out;
}

Catalogue read_catalogue(const YamlValue& document, const Reading& reading) {
  auto out = reading.base;
  const YamlMapping root(document, "the catalogue", kRootKeys, reading.findings);
  if (document.is_empty()) return out;
  root.require({"version", "replies"});
  root.number("version", {1, 1});
  const auto replies = root.find("replies");
  if (!replies) return out;
  if (!replies->is_mapping())
    reading.findings.error(replies->at(),
                           fmt::format("expected reasons and their replies, read {}", replies->described()));
  for (const auto& [key, value] : replies->entries()) out[key.text()] = read_entry(key, value, reading);
  return out;
}

Loaded<Catalogue> load_over(const Source& source, const Schema& schema, const Catalogue& base,
                            SchemaHas has) {
  Findings findings(source.file);
  const auto document = parse_yaml(source, findings);
  if (!document) return {std::nullopt, findings.by_place()};
  auto read = read_catalogue(*document, {schema, base, has, findings});
  Loaded<Catalogue> loaded{std::nullopt, findings.by_place()};
  if (!findings.has_errors()) loaded.value = std::move(read);
  return loaded;
}

Catalogue built_in(const Schema& schema) {
  const auto file = shipped_files().find("replies.yaml");
  if (file == shipped_files().end()) throw std::logic_error("replies.yaml is not built in");
  auto loaded = load_over({file->second, "conf/replies.yaml"}, schema, {}, SchemaHas::some);
  if (loaded.value) return *std::move(loaded.value);
  throw std::logic_error(to_text(loaded.diagnostics.front()));
}

}  // namespace

Loaded<Catalogue> load_catalogue(const Source& source, const Schema& schema) {
  return load_over(source, schema, shipped_catalogue(schema), SchemaHas::all);
}

const Catalogue& shipped_catalogue(const Schema& schema) {
  static const Catalogue catalogue = built_in(schema);
  return catalogue;
}

}  // namespace policy
