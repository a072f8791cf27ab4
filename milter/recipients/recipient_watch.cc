#include "milter/recipients/recipient_watch.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace milter {
namespace {

constexpr std::chrono::milliseconds kPatience{100};  // with a look that is under way at the end

}  // namespace

Moment moment_now() {
  return {std::chrono::steady_clock::now(), std::chrono::duration_cast<std::chrono::seconds>(
                                                std::chrono::system_clock::now().time_since_epoch())
                                                .count()};
}

struct RecipientWatch::Shared {
  Shared(RecipientFile::Settings given, RecipientFile::Say how)
      : settings(std::move(given)), say(std::move(how)), file(settings, say) {}

  const RecipientFile::Settings settings;
  const RecipientFile::Say say;
  RecipientFile file;  // the thread's, but for contents()
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<std::vector<std::string>> patterns;  // for the next look
  bool looked = false, stop = false, ended = false;
};

RecipientWatch::RecipientWatch(RecipientFile::Settings settings, RecipientFile::Say say,
                               std::vector<std::string> patterns)
    : shared_(std::make_shared<Shared>(std::move(settings), std::move(say))) {
  shared_->patterns = std::move(patterns);
  std::thread([shared = shared_] { run(*shared); }).detach();
}

RecipientWatch::~RecipientWatch() {
  std::unique_lock lock(shared_->mutex);
  shared_->stop = true;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, kPatience, [this] { return shared_->ended; });
}

void RecipientWatch::wait_for_first_look(std::chrono::steady_clock::time_point end) const {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait_until(lock, end, [this] { return shared_->looked; });
}

void RecipientWatch::answers_for(std::vector<std::string> patterns) {
  const std::scoped_lock lock(shared_->mutex);
  shared_->patterns = std::move(patterns);
}

std::shared_ptr<const RecipientContents> RecipientWatch::contents() const { return shared_->file.contents(); }

const RecipientFile::Settings& RecipientWatch::settings() const { return shared_->settings; }

void RecipientWatch::run(Shared& shared) {
  std::unique_lock lock(shared.mutex);
  while (!shared.stop) {
    if (auto patterns = std::exchange(shared.patterns, std::nullopt))
      shared.file.answers_for(*std::move(patterns));
    lock.unlock();
    try {
      shared.file.look(moment_now());
    } catch (const std::exception& error) {
      try {
        shared.say(std::string("error in the look at a file of recipients: ") + error.what());
      } catch (...) {
      }
    }
    lock.lock();
    shared.looked = true;
    shared.changed.notify_all();
    shared.changed.wait_for(lock, kLookInterval, [&] { return shared.stop; });
  }
  shared.ended = true;
  shared.changed.notify_all();
}

}  // namespace milter
