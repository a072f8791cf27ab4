#include "milter/log/outbox.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "milter/log/say.h"

namespace milter {
namespace {

// What a parcel takes beside its texts.
constexpr std::size_t kOverhead = sizeof(Parcel);

std::size_t octets_of(const Parcel& parcel) {
  auto octets = kOverhead + parcel.text.size();
  for (const auto& field : parcel.fields) octets += sizeof field + field.size();
  return octets;
}

}  // namespace

struct Outbox::Shared {
  Shared(std::size_t most, Deliver how) : most_octets(most), deliver(std::move(how)) {}

  const std::size_t most_octets;
  const Deliver deliver;  // touched by the thread only
  std::mutex mutex;
  std::condition_variable news, quiet;  // there is something to do; a batch is done
  std::deque<Parcel> queue;
  std::size_t octets = 0;                  // queued, and under way
  std::size_t under_way = 0;               // parcels with a text
  std::uint64_t taken = 0, delivered = 0;  // parcels since the beginning
  bool closed = false;
  bool ended = false;  // the thread is about to

  std::vector<Parcel> take_batch() {
    std::vector<Parcel> batch;
    for (std::size_t size = 0; !queue.empty() && (batch.empty() || size < kLargestBatch);) {
      size += octets_of(queue.front());
      batch.push_back(std::move(queue.front()));
      queue.pop_front();
    }
    return batch;
  }
};

Outbox::Outbox(std::size_t most_octets, Deliver deliver)
    : shared_(std::make_shared<Shared>(most_octets, std::move(deliver))) {
  std::thread([shared = shared_] { survives("a log's thread", [&] { run(shared); }); }).detach();
}

Outbox::~Outbox() { close(std::chrono::milliseconds(0)); }

std::uint64_t Outbox::put(Parcel parcel) {
  const auto octets = octets_of(parcel);
  std::uint64_t ticket = 0;
  {
    const std::scoped_lock lock(shared_->mutex);
    auto& queue = shared_->queue;
    if (shared_->closed) return 0;
    if (parcel.reopen && !queue.empty() && queue.back().reopen) return shared_->taken;
    if (!parcel.reopen && shared_->octets + octets > shared_->most_octets) return 0;
    queue.push_back(std::move(parcel));
    shared_->octets += octets;
    ticket = ++shared_->taken;
  }
  shared_->news.notify_one();
  return ticket;
}

bool Outbox::wait_for(std::uint64_t ticket, std::chrono::milliseconds patience) {
  std::unique_lock lock(shared_->mutex);
  return shared_->quiet.wait_for(lock, patience, [&] { return shared_->delivered >= ticket; });
}

bool Outbox::drain(std::chrono::milliseconds patience) {
  std::unique_lock lock(shared_->mutex);
  const auto last = shared_->taken;
  return shared_->quiet.wait_for(lock, patience, [&] { return shared_->delivered >= last; });
}

std::uint64_t Outbox::close(std::chrono::milliseconds patience) {
  std::unique_lock lock(shared_->mutex);
  shared_->closed = true;
  shared_->news.notify_one();
  shared_->quiet.wait_for(lock, patience, [this] { return shared_->ended; });
  std::uint64_t left = shared_->under_way;
  for (const auto& parcel : shared_->queue) left += parcel.reopen ? 0 : 1;
  shared_->queue.clear();
  return left;
}

void Outbox::run(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->news.wait(lock, [&] { return shared->closed || !shared->queue.empty(); });
    if (shared->queue.empty()) break;
    const auto batch = shared->take_batch();
    std::size_t octets = 0;
    for (const auto& parcel : batch) {
      octets += octets_of(parcel);
      shared->under_way += parcel.reopen ? 0 : 1;
    }
    const bool more = !shared->queue.empty();
    lock.unlock();
    survives("a log's thread", [&] { shared->deliver(batch, more); });
    lock.lock();
    shared->octets -= octets;
    shared->under_way = 0;
    shared->delivered += batch.size();
    shared->quiet.notify_all();
  }
  shared->ended = true;
  shared->quiet.notify_all();
}

}  // namespace milter
