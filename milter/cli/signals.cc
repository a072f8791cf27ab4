#include "milter/cli/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

namespace milter {
namespace {

constexpr std::array kOurs{SIGHUP, SIGTERM, SIGINT};

int writer = -1;  // a handler gets no argument

void note(int signal) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(signal);
  [[maybe_unused]] const auto written = ::write(writer, &byte, 1);  // a full pipe holds enough signals
  errno = saved;
}

void mask(int how) noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kOurs) sigaddset(&set, signal);
  pthread_sigmask(how, &set, nullptr);
}

}  // namespace

void hold_signals() noexcept { mask(SIG_BLOCK); }

Signals::Signals() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("no pipe for signals");
  reader_ = ends[0];
  writer = ends[1];
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  for (const int signal : kOurs) sigaction(signal, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  mask(SIG_UNBLOCK);
}

Signals::~Signals() {
  for (const int signal : kOurs) ::signal(signal, SIG_IGN);
  ::close(reader_);
  ::close(writer);
}

int Signals::wait(std::chrono::milliseconds patience) const {
  pollfd ready{reader_, POLLIN, 0};
  unsigned char signal = 0;
  ::poll(&ready, 1, static_cast<int>(patience.count()));
  return ::read(reader_, &signal, 1) == 1 ? signal : 0;
}

}  // namespace milter

// libmilter's only way to signals, in place of libc's: its thread waits for what it asks, but never for ours.
// Without this a second SIGHUP that comes while the first is still on its way would be given to that thread,
// which takes it for the end. With nothing left to wait for it waits for ever, as it should.
extern "C" __attribute__((used, visibility("default"))) int sigwait(const sigset_t* wanted, int* signal) {
  sigset_t others = *wanted;
  for (const int ours : milter::kOurs) sigdelset(&others, ours);
  for (;;) {
    const int got = sigwaitinfo(&others, nullptr);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    *signal = got;
    return 0;
  }
}
