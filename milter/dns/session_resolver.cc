#include "milter/dns/session_resolver.h"

#include "milter/dns/wire.h"
#include "policy/domain.h"

namespace milter {
namespace {

Trouble too_many(const Question& question) {
  auto trouble = trouble_with(question, Trouble::Kind::overload, "this message asked too much");
  trouble.owner = policy::Owner::client;
  return trouble;
}

// Whether there is nothing more to be had of asking it again with `urgency`.
bool suffices(const Lookup& lookup, Urgency before, Urgency urgency) {
  const auto* outcome = lookup.peek();
  if (outcome == nullptr) return before >= urgency;
  return outcome->has_value() || !outcome->error().dropped;
}

}  // namespace

Lookup SessionResolver::query(std::string_view name, RecordType type) { return query_for(name, type, {}); }

Lookup SessionResolver::query_for(std::string_view name, RecordType type, const Asker& asker) {
  const Question question{policy::normal_name(name), type};
  const std::scoped_lock lock(mutex_);
  const Asker ours{.lane = asker.lane, .urgency = asker.urgency, .client = client_};
  const auto known = asked_.find({question.name, type, asker.lane});
  if (known != asked_.end()) {
    auto& asked = known->second;
    if (!suffices(asked.lookup, asked.urgency, asker.urgency))
      asked = {inner_.query_for(name, type, ours), asker.urgency};
    return asked.lookup;
  }
  const bool of_stranger = asker.lane == Lane::theirs;
  if (of_stranger && of_strangers_ >= most_questions_) return answered(tl::unexpected(too_many(question)));
  of_strangers_ += of_stranger ? 1 : 0;
  const Asked asked{inner_.query_for(name, type, ours), asker.urgency};
  return asked_.try_emplace({question.name, type, asker.lane}, asked).first->second.lookup;
}

void SessionResolver::client(const std::optional<policy::Address>& address) {
  const std::scoped_lock lock(mutex_);
  client_ = address;
}

void SessionResolver::renew() {
  const std::scoped_lock lock(mutex_);
  asked_.clear();
  of_strangers_ = 0;
}

}  // namespace milter
