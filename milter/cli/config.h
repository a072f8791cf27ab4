// The daemon's file, conf/fivefifty.yaml: where it listens, asks and logs. Nothing in it changes a verdict.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "milter/session/session.h"
#include "milter/smtp/libmilter/service.h"
#include "policy/diagnostic.h"

namespace milter {

struct LogOptions {
  std::string file;  // "" is none
  policy::Place at;  // of `file`
  bool to_stdout = false;
  bool journal = false;
  bool syslog = false;
  policy::Detail accepted = policy::Detail::facts;
};

struct Config {
  Socket socket{.address = "unix:/run/fivefifty/fivefifty.sock"};
  std::string user;                    // to run as; "" stays who we are
  std::string policy;                  // file; "" is the built-in policy
  std::string replies;                 // file of overrides; "" is the built-in catalogue alone
  std::vector<std::string> resolvers;  // "127.0.0.1", "[::1]:5353"; none: the host's
  Budgets budgets;
  std::chrono::milliseconds drain{10'000};  // how long sessions may finish after SIGTERM
  LogOptions log;
  HeaderOptions headers;
  std::vector<std::string> kept_ids;  // of filters before us: theirs to guard
  std::string state;                  // folder of what must outlive the program; "" is none
  std::string metrics;                // "ADDRESS:PORT" to serve Prometheus metrics on; "" is off
};

// Paths in it are relative to the file's folder.
policy::Loaded<Config> load_config(const policy::Source& source);

}  // namespace milter
