#include "milter/dns/session_resolver.h"

#include <atomic>

#include "milter/dns/wire.h"
#include "policy/domain.h"

namespace milter {

struct SessionResolver::Open {
  explicit Open(int left) : room(left) {}
  std::atomic<int> room;
};

SessionResolver::SessionResolver(Resolver& inner, int most_open, std::size_t most_questions)
    : inner_(inner), most_questions_(most_questions), open_(std::make_shared<Open>(most_open)) {}

Lookup SessionResolver::query(std::string_view name, RecordType type) {
  const Question question{policy::normal_name(name), type};
  const auto key = std::pair(question.name, type);
  const std::scoped_lock lock(mutex_);
  if (const auto known = asked_.find(key); known != asked_.end()) return known->second;
  if (asked_.size() >= most_questions_ || open_->room.fetch_sub(1) <= 0) {
    if (asked_.size() < most_questions_) ++open_->room;
    return answered(
        tl::unexpected(trouble_with(question, Trouble::Kind::overload, "this session asked too much")));
  }
  const auto lookup = inner_.query(name, type);
  lookup.on_done([open = open_](const Outcome&) { ++open->room; });
  return asked_.emplace(key, lookup).first->second;
}

void SessionResolver::renew() {
  const std::scoped_lock lock(mutex_);
  asked_.clear();
}

}  // namespace milter
