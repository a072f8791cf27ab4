#include "milter/cli/test_from_log.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "milter/checks/check.h"
#include "policy/explain/words.h"

namespace milter {
namespace {

// Quoted, so that the text "true" or "42" stays a text.
void emit_text(YAML::Emitter& out, const std::string& text) { out << YAML::DoubleQuoted << text; }

void emit_unavailable(YAML::Emitter& out, const policy::Unavailable& why) {
  out << YAML::Flow << YAML::BeginMap << YAML::Key << "unavailable" << YAML::Value;
  emit_text(out, why.reason);
  out << YAML::EndMap;
}

struct EmitValue {
  YAML::Emitter& out;

  void operator()(bool flag) const { out << flag; }
  void operator()(std::int64_t number) const { out << number; }
  void operator()(const std::string& text) const { emit_text(out, text); }
  void operator()(const policy::TextList& list) const {
    out << YAML::Flow << YAML::BeginSeq;
    for (const auto& text : list) emit_text(out, text);
    out << YAML::EndSeq;
  }
  void operator()(const policy::Unavailable& why) const { emit_unavailable(out, why); }
  // {has: [a], may: [b]}, {may: [pass, fail]}, {at_least: 3, at_most: 20}: with `why`, `anything` and `unasked`.
  void operator()(const policy::InPart& part) const {
    out << YAML::Flow << YAML::BeginMap;
    if (part.of == policy::InPart::Of::number)
      out << YAML::Key << "at_least" << YAML::Value << part.at_least << YAML::Key << "at_most" << YAML::Value
          << part.at_most;
    if (part.of == policy::InPart::Of::list) emit("has", part.has);
    if (part.of != policy::InPart::Of::number) emit("may", part.may);
    if (part.anything) out << YAML::Key << "anything" << YAML::Value << true;
    if (!part.unasked.empty()) emit("unasked", part.unasked);
    if (!part.why.reason.empty()) {
      out << YAML::Key << "why" << YAML::Value;
      emit_text(out, part.why.reason);
    }
    out << YAML::EndMap;
  }

 private:
  void emit(const char* name, const policy::TextList& list) const {
    out << YAML::Key << name << YAML::Value;
    (*this)(list);
  }
};

// What this version knows of: a case with other facts would be refused.
void emit_facts(YAML::Emitter& out, const policy::FactSet& facts) {
  out << YAML::BeginMap;
  for (const auto& group : facts.groups()) {
    if (!schema().has_group(group.name)) continue;
    out << YAML::Key << std::string(group.name) << YAML::Value;
    if (group.why) {
      emit_unavailable(out, *group.why);
      continue;
    }
    out << YAML::BeginMap;
    for (const auto& [path, value] : group.fields) {
      if (!schema().find(path).field) continue;
      out << YAML::Key << std::string(path.field()) << YAML::Value;
      std::visit(EmitValue{out}, *value);
    }
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
}

void emit_expectation(YAML::Emitter& out, const policy::Record& record) {
  out << YAML::Flow << YAML::BeginMap << YAML::Key << std::string(policy::to_text(record.event))
      << YAML::Value;
  if (record.event == policy::Event::accept)
    out << true;
  else
    out << record.reason;
  if (!record.rule.empty()) out << YAML::Key << "rule" << YAML::Value << record.rule;
  out << YAML::EndMap;
}

std::string name_of(const policy::Record& record) {
  return fmt::format("{} at {}, <{}> to <{}> (ref={})", policy::to_text(record.event), record.ts,
                     policy::printable(record.mail_from.value_or("")),
                     policy::printable(record.rcpt.empty() ? "" : record.rcpt.front()),
                     policy::printable(record.ref));
}

}  // namespace

tl::expected<std::string, std::string> case_from_record(const policy::Record& record,
                                                        const std::string& policy_path) {
  if (record.event == policy::Event::mta_reject)
    return tl::unexpected(std::string("the mail server itself refused that recipient: no policy decided"));
  if (record.rule.empty() && record.event != policy::Event::accept)
    return tl::unexpected(std::string("a fault of our own deferred that mail: no policy decided"));
  if (record.observed.facts.empty())
    return tl::unexpected(
        std::string("the record holds no facts: with log.accepted: facts, those of accepted mail are kept"));
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "version" << YAML::Value << 1;
  if (!policy_path.empty()) {
    out << YAML::Key << "policy" << YAML::Value;
    emit_text(out, policy_path);
  }
  out << YAML::Key << "tests" << YAML::Value << YAML::BeginSeq << YAML::BeginMap;
  out << YAML::Key << "name" << YAML::Value;
  emit_text(out, name_of(record));
  out << YAML::Key << "at" << YAML::Value << std::string(to_text(policy::moment_of(record.stage)));
  out << YAML::Key << "facts" << YAML::Value;
  emit_facts(out, record.observed.facts);
  out << YAML::Key << "expect" << YAML::Value;
  emit_expectation(out, record);
  out << YAML::EndMap << YAML::EndSeq << YAML::EndMap;
  return std::string(out.c_str()) + '\n';
}

}  // namespace milter
