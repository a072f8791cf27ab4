#include "milter/dns/answers.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "policy/domain.h"
#include "policy/text.h"

namespace milter {

Deadline Window::half() const { return end == Deadline::max() ? end : begin + (end - begin) / 2; }

const Lookup& Questions::ask(std::string_view name, RecordType type) {
  auto key = std::pair(policy::normal_name(name), type);
  const auto known = asked_.find(key);
  if (known != asked_.end()) return known->second;
  return asked_.emplace(std::move(key), dns_.query(name, type)).first->second;
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
  const auto* outcome = look(name, type, window_.half());
  by_half_ |= outcome == nullptr;
  return outcome;
}

const Outcome* Answers::look(std::string_view name, RecordType type, Deadline until) {
  const auto& lookup = questions_.ask(name, type);
  if (const auto* outcome = lookup.peek()) return outcome;
  if (now_ >= until)
    return &over_.emplace_back(tl::unexpected(
        Trouble{.detail = std::string(to_text(type)).append(" ").append(name).append(": time budget")}));
  const bool named = std::any_of(open_.begin(), open_.end(), [&](const Waiting::Question& question) {
    return question.type == type && policy::same_name(question.name, name);
  });
  if (!named) open_.push_back({policy::normal_name(name), type, lookup});
  return nullptr;
}

}  // namespace milter
