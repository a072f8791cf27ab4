// Real name servers for tests: each in a folder of its own, on a free port of loopback, gone at the end.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "milter/dns/server_address.h"

namespace milter {

class RealServer {
 public:
  // Null: not installed.
  // Zone example.test: see real_server.cc. Authoritative, refuses everything else.
  static std::unique_ptr<RealServer> nsd();
  // Zone bl.test, 192.0.2.66 and the test point listed.
  static std::unique_ptr<RealServer> rbldnsd();
  // A resolver that asks `upstream` everything and does not validate.
  static std::unique_ptr<RealServer> unbound(const ServerAddress& upstream);

  ~RealServer();
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;

  ServerAddress address() const { return address_; }
  void stop();
  void start_again();  // on the same port

 private:
  // Writes the files of a server that is to listen on `port` into `folder`, answers its command line.
  using Setup =
      std::function<std::vector<std::string>(const std::filesystem::path& folder, std::uint16_t port)>;
  static std::unique_ptr<RealServer> start(const std::string& program, const Setup& setup);
  RealServer();
  bool launch();

  std::filesystem::path folder_;
  std::vector<std::string> command_;
  ServerAddress address_;
  pid_t process_ = -1;
};

}  // namespace milter
