#include "milter/smtp/libmilter/service.h"

#include <fmt/format.h>
#include <grp.h>
#include <libmilter/mfapi.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>
#include <tuple>

#include "milter/smtp/libmilter/callbacks.h"
#include "milter/smtp/libmilter/kicker.h"
#include "milter/smtp/libmilter/listener.h"
#include "milter/smtp/libmilter/listening.h"

namespace milter {
namespace {

std::string unix_path(const std::string& address) {
  return address.starts_with("unix:")    ? address.substr(5)
         : address.starts_with("local:") ? address.substr(6)
                                         : "";
}

// Somebody answers on it, or would if he had the time: then it is not ours to remove.
bool in_use(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int file = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool answered = ::connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const bool full = !answered && errno == EAGAIN;
  ::close(file);
  return answered || full;
}

// What keeps us from taking this name; "" is nothing.
std::string obstacle(const std::string& path) {
  if (path.size() >= sizeof sockaddr_un::sun_path)
    return fmt::format("the path of the socket is longer than {} octets", sizeof sockaddr_un::sun_path - 1);
  struct stat there {};
  if (lstat(path.c_str(), &there) != 0) return "";
  if (!S_ISSOCK(there.st_mode)) return fmt::format("{} is there and is no socket", path);
  return in_use(path) ? fmt::format("another program answers on {}", path) : "";
}

// The name under which a unix socket is born, in the folder of the one that it will have. Before it ends libmilter
// removes whatever has this name: a successor's socket must not.
std::string birth_name(const std::string& path) {
  return path.substr(0, path.rfind('/') + 1) + fmt::format(".{:x}", getpid());
}

std::string give_name(const std::string& born, const std::string& path) {
  if (rename(born.c_str(), path.c_str()) == 0) return "";
  const int error = errno;
  ::unlink(born.c_str());
  return fmt::format("cannot name the socket {}: {}", path, std::strerror(error));
}

std::string give_to_group(const std::string& path, const std::string& name) {
  const auto* group = getgrnam(name.c_str());
  if (!group) return fmt::format("there is no group {}", name);
  if (chown(path.c_str(), static_cast<uid_t>(-1), group->gr_gid) == 0) return "";
  return fmt::format("cannot give {} to group {}: {}", path, name, std::strerror(errno));
}

// What has been decided is on its way to the MTA, which may say goodbye or begin a message.
constexpr std::chrono::milliseconds kLastWords{100};
// An MTA speaks at once when it is let in; whoever does not is no MTA.
constexpr std::chrono::seconds kFirstWord{2};
constexpr std::chrono::seconds kLongestStop{6};  // longer than libmilter's own five seconds

}  // namespace

std::string milter_library_version() {
  unsigned int major = 0;
  unsigned int minor = 0;
  unsigned int patch = 0;
  smfi_version(&major, &minor, &patch);
  return fmt::format("{}.{}.{}", major, minor, patch);
}

struct Service::Parts {
  explicit Parts(const ServiceParts& parts) : callbacks(parts.world, parts.snapshot, parts.log) {}
  CallbackWorld callbacks;
  std::string address;  // libmilter keeps a pointer to it
  std::string path;     // of a unix socket, else ""
  std::unique_ptr<Listener> listener;
  int inherited = -1;
  std::unique_ptr<Kicker> kicker;
  std::atomic<bool> served{false};  // run() is over
};

Service::Service(ServiceParts parts) : parts_(std::make_unique<Parts>(parts)) {
  open_world(parts_->callbacks);
}

Service::~Service() { close_world(); }

std::string Service::adopt(int socket) {
  parts_->inherited = socket;
  parts_->address = address_of(socket);
  if (smfi_register(description()) != MI_SUCCESS) return "libmilter refuses to register the filter";
  if (smfi_setconn(fmt::format("fd:{}", socket).data()) == MI_SUCCESS &&
      smfi_opensocket(false) == MI_SUCCESS) {
    parts_->listener = std::make_unique<Listener>(socket, "");
    return "";
  }
  return fmt::format("libmilter does not take the socket that systemd made, {}", parts_->address);
}

std::string Service::open(const Socket& socket) {
  if (socket.inherited >= 0) return adopt(socket.inherited);
  auto& [callbacks, address, path, listener, inherited, kicker, served] = *parts_;
  path = unix_path(socket.address);
  if (!path.empty())
    if (auto why = obstacle(path); !why.empty()) return why;
  const auto born = path.empty() ? std::string() : birth_name(path);
  address = path.empty() ? socket.address : "unix:" + born;
  if (auto why = listen(socket); !why.empty()) return why;
  if (path.empty()) return "";
  if (!socket.group.empty())
    if (auto why = give_to_group(born, socket.group); !why.empty()) {
      ::unlink(born.c_str());
      return why;
    }
  return give_name(born, path);
}

std::string Service::listen(const Socket& socket) {
  if (smfi_register(description()) != MI_SUCCESS) return "libmilter refuses to register the filter";
  if (smfi_setconn(parts_->address.data()) != MI_SUCCESS)
    return fmt::format("{} is no socket that libmilter understands: unix:PATH or inet:PORT@HOST",
                       socket.address);
  smfi_setbacklog(socket.backlog);
  const auto others = listening_descriptors();
  const auto before = umask(0777 & ~socket.mode);
  errno = 0;
  const bool opened = smfi_opensocket(true) == MI_SUCCESS;
  const int error = errno;
  umask(before);
  if (!opened)
    return fmt::format("cannot listen on {}: {}", socket.address,
                       error != 0 ? std::strerror(error) : "libmilter does not say why");
  for (const int descriptor : listening_descriptors())
    if (!others.contains(descriptor))
      parts_->listener =
          std::make_unique<Listener>(descriptor, parts_->path.empty() ? "" : birth_name(parts_->path));
  return parts_->listener ? "" : "the socket that was opened does not listen";
}

bool Service::is_open_to_network() const { return parts_->listener->is_open_to_network(); }

int Service::run() {
  parts_->kicker = std::make_unique<Kicker>(*parts_->listener);
  parts_->callbacks.kicker = parts_->kicker.get();
  const int result = smfi_main();
  // Stopped before it had begun it opens the socket anew, and as root it does not remove it.
  if (!parts_->path.empty()) ::unlink(birth_name(parts_->path).c_str());
  parts_->served = true;
  return result;
}

void Service::give_up_name() {
  // Without its name the socket gets no new connections; the MTA defers, or asks another filter.
  if (parts_->inherited >= 0) parts_->listener->go_silent(parts_->inherited);
  const auto& path = parts_->path;
  if (!path.empty() && parts_->listener->is_at(path)) ::unlink(path.c_str());
}

void Service::wait_for_messages(std::chrono::steady_clock::time_point end) const {
  using Time = std::chrono::steady_clock;
  const auto begin = Time::now();
  const auto& [sessions, messages] = std::tie(parts_->callbacks.sessions, parts_->callbacks.messages);
  auto busy = begin;
  int empty = 0;  // times in a row: libmilter may be about to accept what came before the socket went
  for (auto now = begin; now < end && empty < 2 && now - busy < kLastWords; now = Time::now()) {
    const int let_in = accepted_on(parts_->address);
    empty = sessions == 0 && let_in == 0 ? empty + 1 : 0;
    if (messages > 0 || (let_in > sessions && now - begin < kFirstWord)) busy = now;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void Service::stop(std::chrono::milliseconds patience) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  give_up_name();
  wait_for_messages(now() + patience);
  // libmilter frees its sessions when it stops, also one whose callback is under way.
  close_world();
  // libmilter looks whether it is to stop every five seconds, and whenever somebody connects. Until it has looked,
  // smfi_stop() does not return.
  const std::jthread waker([this](const std::stop_token& done) {
    while (!done.stop_requested() && !parts_->served) {
      parts_->listener->touch();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  smfi_stop();
  for (const auto latest = now() + kLongestStop; !parts_->served && now() < latest;)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

int Service::sessions() const { return parts_->callbacks.sessions; }

std::uint64_t Service::sessions_begun() const { return parts_->callbacks.sessions_begun; }

}  // namespace milter
