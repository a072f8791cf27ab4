#include "milter/dns/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "policy/domain.h"
#include "policy/text.h"

namespace milter {

namespace {

bool is_dropped(const Outcome* outcome) {
  return outcome != nullptr && !*outcome && outcome->error().dropped;
}

}  // namespace

Deadline Window::half() const { return end == Deadline::max() ? end : begin + (end - begin) / 2; }

const Lookup& Questions::ask(std::string_view name, RecordType type, Lane lane, Urgency urgency) {
  const Asker asker{.lane = lane, .urgency = urgency, .client = {}};
  std::tuple key(policy::normal_name(name), type, lane);
  const auto known = asked_.find(key);
  if (known == asked_.end())
    return asked_.try_emplace(std::move(key), Asked{dns_.query_for(name, type, asker), urgency})
        .first->second.lookup;
  auto& asked = known->second;
  const auto* outcome = asked.lookup.peek();
  const bool more_urgent = outcome == nullptr && urgency > asked.urgency;
  if (more_urgent || is_dropped(outcome)) asked = {dns_.query_for(name, type, asker), urgency};
  return asked.lookup;
}

// Rings once, under its lock: who silences it waits for a call that is under way.
class Wakeup::Bell {
 public:
  explicit Bell(std::function<void()> then) : then_(std::move(then)) {}
  void ring() {
    const std::scoped_lock lock(mutex_);
    if (then_) std::exchange(then_, nullptr)();
  }
  void silence() {
    const std::scoped_lock lock(mutex_);
    then_ = nullptr;
  }

 private:
  std::mutex mutex_;
  std::function<void()> then_;
};

Wakeup::~Wakeup() {
  if (bell_) bell_->silence();
}

Wakeup& Wakeup::operator=(Wakeup&& other) noexcept {
  if (bell_ && bell_ != other.bell_) bell_->silence();
  bell_ = std::move(other.bell_);
  return *this;
}

bool Waiting::Run::is_answered() const {
  return std::all_of(named.begin(), named.end(),
                     [](const Question& question) { return question.lookup.peek() != nullptr; });
}

Deadline Waiting::until() const {
  auto earliest = Deadline::max();
  for (const auto& run : runs_) earliest = std::min(earliest, run.until);
  return earliest;
}

Wakeup Waiting::on_answered(std::function<void()> then) const {
  auto bell = std::make_shared<Wakeup::Bell>(std::move(then));
  for (const auto& run : runs_) {
    const auto left = std::make_shared<std::atomic<std::size_t>>(run.named.size());
    for (const auto& question : run.named)
      question.lookup.on_done([bell, left](const Outcome&) {
        if (--*left == 0) bell->ring();
      });
  }
  return Wakeup(std::move(bell));
}

void Waiting::block() const {
  if (runs_.empty()) return;
  std::mutex mutex;
  std::condition_variable changed;
  bool answered = false;
  const auto wakeup = on_answered([&] {
    const std::scoped_lock lock(mutex);
    answered = true;
    changed.notify_one();
  });
  std::unique_lock lock(mutex);
  const auto is_answered = [&] { return answered; };
  // wait_until counts from the clock's epoch, and would overflow.
  if (until() == Deadline::max())
    changed.wait(lock, is_answered);
  else
    changed.wait_until(lock, until(), is_answered);
}

const Outcome* Answers::of_by_half(std::string_view name, RecordType type) {
  const auto* outcome = look({name, type, Lane::theirs}, window_.half());
  by_half_ |= outcome == nullptr;
  return outcome;
}

const Outcome* Answers::look(const Looked& at, Deadline until) {
  const auto& lookup = questions_.ask(at.name, at.type, at.lane, window_.urgency());
  const auto* outcome = lookup.peek();
  if (outcome != nullptr && !is_dropped(outcome)) return outcome;
  if (now_ >= until) {
    const bool held = lookup.is_held();
    return &over_.emplace_back(
        tl::unexpected(Trouble{.kind = held ? Trouble::Kind::overload : Trouble::Kind::timeout,
                               .detail = fmt::format("{} {}: {}", to_text(at.type), at.name,
                                                     held ? "its network asks too much" : "time budget"),
                               .owner = held ? policy::Owner::client : policy::Owner::world}));
  }
  name(at, lookup);
  return nullptr;
}

void Answers::name(const Looked& at, const Lookup& lookup) {
  const bool named = std::any_of(open_.begin(), open_.end(), [&](const Waiting::Question& question) {
    return question.type == at.type && question.lane == at.lane && policy::same_name(question.name, at.name);
  });
  if (!named) open_.push_back({policy::normal_name(at.name), at.type, lookup, at.lane});
}

}  // namespace milter
