#include "milter/smtp/libmilter/service.h"

#include <fmt/format.h>
#include <grp.h>
#include <libmilter/mfapi.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "milter/smtp/libmilter/callbacks.h"
#include "milter/smtp/libmilter/kicker.h"
#include "milter/smtp/libmilter/listening.h"

namespace milter {
namespace {

std::string unix_path(const std::string& address) {
  return address.starts_with("unix:")    ? address.substr(5)
         : address.starts_with("local:") ? address.substr(6)
                                         : "";
}

// Whether somebody answers on it: then it is not ours to remove.
bool in_use(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int file = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool answered = ::connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(file);
  return answered;
}

std::string give_to_group(const std::string& path, const std::string& name) {
  const auto* group = getgrnam(name.c_str());
  if (!group) return fmt::format("there is no group {}", name);
  if (chown(path.c_str(), static_cast<uid_t>(-1), group->gr_gid) == 0) return "";
  return fmt::format("cannot give {} to group {}: {}", path, name, std::strerror(errno));
}

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
  std::string address;
  int inherited = -1;
  std::unique_ptr<Kicker> kicker;
};

Service::Service(ServiceParts parts) : parts_(std::make_unique<Parts>(parts)) {
  open_world(parts_->callbacks);
}

Service::~Service() { close_world(); }

std::string Service::adopt(int socket) {
  parts_->inherited = socket;
  parts_->address = address_of(socket);
  if (smfi_register(description()) != MI_SUCCESS) return "libmilter refuses to register the filter";
  if (smfi_setconn(fmt::format("fd:{}", socket).data()) == MI_SUCCESS && smfi_opensocket(false) == MI_SUCCESS)
    return "";
  return fmt::format("libmilter does not take the socket that systemd made, {}", parts_->address);
}

std::string Service::open(const Socket& socket) {
  if (socket.inherited >= 0) return adopt(socket.inherited);
  parts_->address = socket.address;
  const auto path = unix_path(socket.address);
  if (!path.empty() && in_use(path)) return fmt::format("another program answers on {}", path);
  if (smfi_register(description()) != MI_SUCCESS) return "libmilter refuses to register the filter";
  if (smfi_setconn(parts_->address.data()) != MI_SUCCESS)
    return fmt::format("{} is no socket that libmilter understands: unix:PATH or inet:PORT@HOST",
                       socket.address);
  smfi_setbacklog(socket.backlog);
  const auto before = umask(0777 & ~socket.mode);
  const bool opened = smfi_opensocket(true) == MI_SUCCESS;
  umask(before);
  if (!opened) return fmt::format("cannot listen on {}: {}", socket.address, std::strerror(errno));
  return path.empty() || socket.group.empty() ? "" : give_to_group(path, socket.group);
}

int Service::run() {
  parts_->kicker = std::make_unique<Kicker>(parts_->address);
  parts_->callbacks.kicker = parts_->kicker.get();
  return smfi_main();
}

void Service::stop(std::chrono::milliseconds patience) {
  if (parts_->inherited >= 0)
    go_silent(parts_->inherited);
  else if (const auto path = unix_path(parts_->address); !path.empty())
    ::unlink(
        path.c_str());  // without its name it gets no new connections; the MTA defers, or asks another filter
  const auto end = std::chrono::steady_clock::now() + patience;
  // Twice in a row: libmilter may be about to accept what came before the socket went.
  for (int empty = 0; empty < 2 && std::chrono::steady_clock::now() < end;) {
    empty = parts_->callbacks.sessions == 0 && accepted_on(parts_->address) == 0 ? empty + 1 : 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  // libmilter frees its sessions when it stops, also one whose callback is under way.
  close_world();
  smfi_stop();
}

int Service::sessions() const { return parts_->callbacks.sessions; }

std::uint64_t Service::sessions_begun() const { return parts_->callbacks.sessions_begun; }

}  // namespace milter
