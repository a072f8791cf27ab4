#include "policy/explain/cause.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "policy/codes.h"
#include "policy/derive.h"
#include "policy/derive_lists.h"
#include "policy/domain.h"
#include "policy/explain/values.h"
#include "policy/explain/words.h"

namespace policy {
namespace {

constexpr std::string_view kNobody = "something-else", kNowhere = "something-else.invalid";

bool contains(const Network& network, std::string_view ip) {
  const auto address = Address::parse(ip);
  return address && network.contains(*address);
}

void put(FactSet& facts, std::string_view path, Value value) {
  facts.put(group_of(path), Fields{{std::string(field_of(path)), std::move(value)}});
}

class Causes {
 public:
  Causes(const Condition& condition, const Observed& observed, const Policy& policy, const Host& host,
         const Schema& schema)
      : condition_(condition), observed_(observed), policy_(policy), host_(host), schema_(schema) {}

  std::vector<Cause> all() && {
    const auto group = group_of(condition_.path);
    if (group == "client") trust();
    if (group == "helo") helo();
    if (group == "recipient") recipient();
    if (group == "message") message();
    if (group.starts_with("dnsbl"))
      for (const auto& list : policy_.lists)
        if (group_of(list) == group && list.force != Force::off) of_list(list);
    return std::move(out_);
  }

 private:
  // change(observed)
  template <class F>
  void observe(std::string subject, std::string word, F change) {
    auto& one = out_.emplace_back(
        Cause{Cause::Of::observation, std::move(subject), std::move(word), observed_, policy_});
    change(one.observed);
  }
  // change(policy)
  template <class F>
  void legislate(std::string subject, std::string word, F change) {
    auto& one =
        out_.emplace_back(Cause{Cause::Of::policy, std::move(subject), std::move(word), observed_, policy_});
    change(one.policy);
  }

  void trust() {
    if (condition_.path != "client.trusted") return;
    const std::string ip(observed_.facts.text("client.ip"));
    if (const auto network = Network::parse(ip)) {
      legislate(ip, "were in trusted.networks",
                [&](Policy& policy) { policy.trusted.networks.push_back(*network); });
      legislate(ip, "were not in trusted.networks", [&](Policy& policy) {
        std::erase_if(policy.trusted.networks, [&](const Network& one) { return contains(one, ip); });
      });
    }
    for (const bool login : {true, false})
      observe("client.authenticated had been", login ? "true" : "false",
              [&](Observed& observed) { put(observed.facts, "client.authenticated", login); });
  }

  void helo() {
    if (condition_.path != "helo.ours") return;
    const auto named = [&](std::string_view name, std::string_view word) {
      observe("helo.name had been", printable(word),
              [&](Observed& observed) { put(observed.facts, "helo.name", std::string(name)); });
    };
    named(kNowhere, "something else");
    named(host_.name, host_.name);
  }

  // Whoever else it had been for.
  void other_recipient(const std::string& address, std::string_view word, bool at_message) {
    const RecipientAsked other{.path = "<" + address + ">"};
    const auto subject = at_message ? "the message had been for" : "the recipient had been";
    observe(subject, printable(word), [&](Observed& observed) {
      if (observed.recipient) observed.recipient = other;
      if (at_message) observed.accepted = {other};
    });
  }

  void recipient() {
    if (!observed_.recipient) return;
    const auto field = field_of(condition_.path);
    const std::string domain(observed_.facts.text("recipient.domain"));
    if (field == "ours") domains(domain);
    if (field == "status") source();
    if (field == "role" && !domain.empty()) roles(domain, false);
    if (field == "address") others(std::string(kNobody) + "@" + domain, "", false);
    if (field == "domain") others(std::string(kNobody) + "@" + std::string(kNowhere), "someone@", false);
  }

  void message() {
    const auto field = field_of(condition_.path);
    const auto* domains = observed_.facts.value("message.recipient_domains");
    const auto* list = domains ? std::get_if<TextList>(domains) : nullptr;
    const auto domain = list && !list->empty() ? list->front() : std::string(kNowhere);
    if (field == "role") roles(domain, true);
    if (field == "recipients") others(std::string(kNobody) + "@" + domain, "", true);
    if (field == "recipient_domains")
      others(std::string(kNobody) + "@" + std::string(kNowhere), "someone@", true);
  }

  void others(const std::string& nobody, const std::string& before, bool at_message) {
    for (const auto& text : texts_passing(condition_.test))
      if (!text.empty()) other_recipient(before + text, text, at_message);
    other_recipient(nobody, "somebody else", at_message);
  }

  void roles(const std::string& domain, bool at_message) {
    other_recipient("postmaster@" + domain, "postmaster@" + domain, at_message);
    other_recipient(std::string(kNobody) + "@" + domain, "somebody else", at_message);
  }

  void domains(const std::string& domain) {
    if (domain.empty()) return;
    legislate(printable(domain), "were in domains.local",
              [&](Policy& policy) { policy.domains.local.push_back(domain); });
    legislate(printable(domain), "were in neither domains.local nor domains.relay", [&](Policy& policy) {
      for (auto* patterns : {&policy.domains.local, &policy.domains.relay})
        std::erase_if(*patterns, [&](const std::string& pattern) { return matches_domain(domain, pattern); });
    });
  }

  void source() {
    const auto* source = source_for(policy_, *observed_.recipient);
    const auto* field = schema_.find(condition_.path).field;
    if (!source || !field) return;
    const auto key = source_key(*source);
    for (const auto word : field->words())
      observe(printable(key) + " had said", std::string(word), [&](Observed& observed) {
        observed.recipient->answer = SourceAnswer{key, std::string(word), {}};
        if (!observed.accepted.empty() && observed.accepted.front().path == observed.recipient->path)
          observed.accepted.front().answer = observed.recipient->answer;
      });
  }

  std::size_t place_of(const List& list) const {
    const auto zone = zone_hash(list.zone, host_);
    const auto it = std::find_if(observed_.lists.begin(), observed_.lists.end(), [&](const ListAsked& asked) {
      return asked.of == list.of && asked.zone == zone;
    });
    return static_cast<std::size_t>(it - observed_.lists.begin());
  }

  void of_list(const List& list) {
    const auto place = place_of(list);
    if (place == observed_.lists.size() || observed_.lists[place].subject.empty()) return;
    const auto& asked = observed_.lists[place];
    answered(list, place, {}, "had not listed " + printable(asked.subject));
    if (asked.addresses.empty() || !asked.trouble.empty() || !asked.doubt.empty()) {
      const auto heaviest =
          std::max_element(list.codes.begin(), list.codes.end(),
                           [](const ListCode& a, const ListCode& b) { return a.weight < b.weight; });
      if (heaviest != list.codes.end())
        answered(list, place, {heaviest->low.text()},
                 fmt::format("had listed {} ({})", printable(asked.subject), heaviest->low.text()));
      return;
    }
    for (const auto& code : asked.addresses) weights(list, code);
  }

  void answered(const List& list, std::size_t place, TextList addresses, std::string word) {
    observe(list.id, std::move(word), [&](Observed& observed) {
      auto& asked = observed.lists[place];
      asked.addresses = std::move(addresses);
      asked.trouble.clear();
      asked.doubt.clear();
    });
  }

  // The weight of one code at which the sum turns, the nearest one first.
  void weights(const List& list, const std::string& code) {
    const auto address = Address::parse(code);
    const auto* test = std::get_if<Compares>(&condition_.test);
    const auto at = std::find_if(list.codes.begin(), list.codes.end(), [&](const ListCode& one) {
      return address && one.low <= *address && *address <= one.high;
    });
    const auto sum = least_weight();
    if (!test || !sum || at == list.codes.end()) return;
    std::vector<std::int64_t> all;
    for (const auto wanted : {test->number - 1, test->number, test->number + 1})
      all.push_back(at->weight + wanted - *sum);
    const auto distance = [&](std::int64_t weight) { return std::abs(weight - at->weight); };
    std::stable_sort(all.begin(), all.end(), [&](auto a, auto b) { return distance(a) < distance(b); });
    const auto place = at - list.codes.begin();
    for (const auto weight : all) {
      if (weight < 0 || weight == at->weight) continue;
      const bool exact = weight == 0 || test->op == Compares::Op::equal;
      const auto more = exact ? "" : weight > at->weight ? " or more" : " or less";
      legislate(fmt::format("{} of {} weighed", code, list.id), fmt::format("{}{}", weight, more),
                [&](Policy& policy) {
                  for (auto& one : policy.lists)
                    if (one.id == list.id)
                      one.codes[static_cast<std::size_t>(place)].weight = static_cast<int>(weight);
                });
    }
  }

  std::optional<std::int64_t> least_weight() const {
    const auto* value = observed_.facts.value(condition_.path);
    if (!value || field_of(condition_.path) != "weight") return std::nullopt;
    if (const auto* number = std::get_if<std::int64_t>(value)) return *number;
    const auto* part = std::get_if<InPart>(value);
    return part ? std::optional(part->at_least) : std::nullopt;
  }

  const Condition& condition_;
  const Observed& observed_;
  const Policy& policy_;
  const Host& host_;
  const Schema& schema_;
  std::vector<Cause> out_;
};

}  // namespace

std::vector<Cause> causes_of(const Condition& condition, const Observed& observed, const Policy& policy,
                             const Host& host, const Schema& schema) {
  return Causes(condition, observed, policy, host, schema).all();
}

}  // namespace policy
