#include "tests/unit/dns/faults/real_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "milter/dns/wire.h"
#include "tests/unit/dns/fake_server.h"

namespace milter {

namespace {

namespace fs = std::filesystem;

constexpr int kPortsTried = 10;

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

// Free a moment ago, on UDP and TCP; whether it still is, the server's start will show.
std::uint16_t free_port() { return FakeServer().address().port; }

std::string zone() {
  std::string text =
      "$TTL 60\n"
      "@ SOA ns root 1 3600 600 86400 60\n"
      "@ NS ns\n"
      "ns A 127.0.0.1\n"
      "@ A 192.0.2.1\n"
      "@ AAAA 2001:db8::1\n"
      "@ MX 20 b\n"
      "@ MX 10 a\n"
      "@ TXT \"v=spf1 \" \"-all\"\n"
      "null MX 0 .\n"
      "alias CNAME alias2\n"
      "alias2 CNAME @\n"
      "* A 192.0.2.9\n";
  for (char c = 'a'; c <= 'p'; ++c) text += fmt::format("large TXT \"{}\"\n", std::string(250, c));  // 4 KB
  return text;
}

std::vector<std::string> set_up_nsd(const fs::path& folder, std::uint16_t port) {
  write(folder / "zone", zone());
  write(folder / "conf",
        fmt::format("server:\n ip-address: 127.0.0.1@{0}\n port: {0}\n server-count: 1\n"
                    " username: \"\"\n chroot: \"\"\n zonesdir: \"{1}\"\n database: \"\"\n"
                    " pidfile: \"{1}/pid\"\n xfrdfile: \"{1}/xfrd\"\n zonelistfile: \"{1}/list\"\n"
                    "remote-control:\n control-enable: no\n"
                    "zone:\n name: example.test\n zonefile: zone\n",
                    port, folder.string()));
  return {"/usr/sbin/nsd", "-d", "-c", (folder / "conf").string()};
}

std::vector<std::string> set_up_rbldnsd(const fs::path& folder, std::uint16_t port) {
  write(folder / "list", ":127.0.0.2:listed\n127.0.0.2\n192.0.2.66\n");
  std::vector<std::string> command{"/usr/sbin/rbldnsd", "-n", "-b", fmt::format("127.0.0.1/{}", port), "-w",
                                   folder.string()};
  if (geteuid() == 0) command.insert(command.end(), {"-u", "nobody"});
  command.emplace_back("bl.test:ip4set:list");
  return command;
}

std::vector<std::string> set_up_unbound(const fs::path& folder, std::uint16_t port,
                                        const ServerAddress& upstream) {
  // AppArmor lets the installed program read /etc only; a copy of it is free.
  fs::copy_file("/usr/sbin/unbound", folder / "unbound", fs::copy_options::overwrite_existing);
  write(folder / "conf",
        fmt::format("server:\n interface: 127.0.0.1\n port: {0}\n username: \"\"\n chroot: \"\"\n"
                    " directory: \"{1}\"\n pidfile: \"{1}/pid\"\n use-syslog: no\n logfile: \"\"\n"
                    " do-daemonize: no\n do-not-query-localhost: no\n module-config: \"iterator\"\n"
                    " local-zone: \"test.\" nodefault\n"
                    "remote-control:\n control-enable: no\n"
                    "forward-zone:\n name: \".\"\n forward-addr: 127.0.0.1@{2}\n",
                    port, folder.string(), upstream.port));
  return {(folder / "unbound").string(), "-d", "-c", (folder / "conf").string()};
}

pid_t spawn(const std::vector<std::string>& command, const fs::path& log) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  pid_t process = -1;
  const int error = posix_spawn(&process, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw std::runtime_error("cannot start " + command[0]);
  return process;
}

// Any answer to any question.
bool answers(const ServerAddress& server) {
  const auto query = encode_query({"example.test", RecordType::a}, 1, Edns::with);
  return forward(query, server).has_value();
}

}  // namespace

RealServer::RealServer() {
  auto pattern = (fs::temp_directory_path() / "dns_faults.XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  fs::permissions(folder_, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                               fs::perms::others_read | fs::perms::others_exec);
}

RealServer::~RealServer() {
  stop();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void RealServer::stop() {
  if (process_ < 0) return;
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

bool RealServer::launch() {
  process_ = spawn(command_, folder_ / "log");
  for (int i = 0; i < 500; ++i) {
    if (waitpid(process_, nullptr, WNOHANG) == process_) {  // the port was taken meanwhile
      process_ = -1;
      return false;
    }
    if (answers(address_)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  stop();
  return false;
}

void RealServer::start_again() {
  if (!launch()) throw std::runtime_error("does not start again: " + command_[0]);
}

std::unique_ptr<RealServer> RealServer::start(const std::string& program, const Setup& setup) {
  if (access(program.c_str(), X_OK) != 0) return nullptr;
  std::unique_ptr<RealServer> server(new RealServer);
  for (int i = 0; i < kPortsTried; ++i) {
    server->address_ = {*policy::Address::parse("127.0.0.1"), free_port()};
    server->command_ = setup(server->folder_, server->address_.port);
    if (server->launch()) return server;
  }
  throw std::runtime_error("does not start: " + program);
}

std::unique_ptr<RealServer> RealServer::nsd() { return start("/usr/sbin/nsd", set_up_nsd); }
std::unique_ptr<RealServer> RealServer::rbldnsd() { return start("/usr/sbin/rbldnsd", set_up_rbldnsd); }
std::unique_ptr<RealServer> RealServer::unbound(const ServerAddress& upstream) {
  return start("/usr/sbin/unbound", [&](const fs::path& folder, std::uint16_t port) {
    return set_up_unbound(folder, port, upstream);
  });
}

}  // namespace milter
