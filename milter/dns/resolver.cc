#include "milter/dns/resolver.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace milter {

struct Lookup::State {
  std::mutex mutex;
  std::condition_variable done;
  std::atomic<bool> held{false};
  std::optional<Outcome> outcome;  // set once, never changed: readers may keep a pointer to it
  std::vector<std::function<void(const Outcome&)>> waiting;
};

const Outcome* Lookup::wait(Deadline deadline) const {
  std::unique_lock lock(state_->mutex);
  const auto here = [&] { return state_->outcome.has_value(); };
  if (!here() && deadline > std::chrono::steady_clock::now()) state_->done.wait_until(lock, deadline, here);
  return here() ? &*state_->outcome : nullptr;
}

bool Lookup::is_held() const { return state_->held; }

void Lookup::on_done(std::function<void(const Outcome&)> then) const {
  {
    const std::scoped_lock lock(state_->mutex);
    if (!state_->outcome) {
      state_->waiting.push_back(std::move(then));
      return;
    }
  }
  then(*state_->outcome);
}

PendingLookup::PendingLookup() : state_(std::make_shared<Lookup::State>()) {}

void PendingLookup::answer(Outcome outcome) const {
  if (set(outcome)) wake();
}

bool PendingLookup::set(Outcome& outcome) const {
  const std::scoped_lock lock(state_->mutex);
  if (state_->outcome) return false;
  state_->outcome.emplace(std::move(outcome));
  return true;
}

void PendingLookup::wake() const {
  std::vector<std::function<void(const Outcome&)>> waiting;
  {
    const std::scoped_lock lock(state_->mutex);
    waiting.swap(state_->waiting);
  }
  state_->done.notify_all();
  for (const auto& then : waiting) then(*state_->outcome);
}

void PendingLookup::held(bool is_held) const { state_->held = is_held; }

Lookup answered(Outcome outcome) {
  const PendingLookup pending;
  pending.answer(std::move(outcome));
  return pending.handle();
}

Lookup Resolver::query_for(std::string_view name, RecordType type, const Asker& /*asker*/) {
  return query(name, type);
}

std::string_view to_text(RecordType type) {
  switch (type) {
    case RecordType::a:
      return "A";
    case RecordType::ptr:
      return "PTR";
    case RecordType::mx:
      return "MX";
    case RecordType::txt:
      return "TXT";
    case RecordType::aaaa:
      return "AAAA";
  }
  return "?";
}

std::string_view to_text(Trouble::Kind kind) {
  switch (kind) {
    case Trouble::Kind::serv_fail:
      return "SERVFAIL";
    case Trouble::Kind::refused:
      return "REFUSED";
    case Trouble::Kind::timeout:
      return "time-out";
    case Trouble::Kind::bad_reply:
      return "bad reply";
    case Trouble::Kind::overload:
      return "overload";
  }
  return "?";
}

bool is_askable(std::string_view name) {
  constexpr std::size_t kLongestName = 253;  // RFC 1035 2.3.4
  constexpr std::size_t kLongestLabel = 63;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kLongestName) return false;
  for (;;) {
    const auto dot = name.find('.');
    const auto label = name.substr(0, dot);
    if (label.empty() || label.size() > kLongestLabel) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace milter
