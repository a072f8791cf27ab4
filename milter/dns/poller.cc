#include "milter/dns/poller.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace milter {

namespace {

constexpr std::uint64_t kBell = ~std::uint64_t{0};

std::uint64_t pack(std::size_t owner, int socket) {
  return std::uint64_t{owner} << 32 | static_cast<std::uint32_t>(socket);
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)), bell_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;  // each ring shows once: nobody need read the bell
  event.data.u64 = kBell;
  if (epoll_ < 0 || bell_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, bell_, &event) != 0) {
    const int error = errno;
    if (epoll_ >= 0) close(epoll_);
    if (bell_ >= 0) close(bell_);
    errno = error;
    fail("DNS: epoll");
  }
}

Poller::~Poller() {
  close(bell_);
  close(epoll_);
}

void Poller::watch(std::size_t owner, int socket, Interest interest) {
  epoll_event event{};
  event.events = (interest.read ? EPOLLIN : 0U) | (interest.write ? EPOLLOUT : 0U);
  event.data.u64 = pack(owner, socket);
  if (event.events == 0) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
    return;
  }
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event) == 0) return;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
}

void Poller::wait(std::chrono::milliseconds at_most, const Ready& ready) {
  std::array<epoll_event, 64> events;
  const int count =
      epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), static_cast<int>(at_most.count()));
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == kBell) continue;
    // An error shows when it is read.
    const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    ready(event.data.u64 >> 32, static_cast<int>(event.data.u64 & 0xffffffffU),
          {(event.events & EPOLLIN) != 0 || broken, (event.events & EPOLLOUT) != 0});
  }
}

void Poller::ring() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto size = write(bell_, &one, sizeof one);
}

}  // namespace milter
