// A name server for tests: answers on UDP and TCP of one loopback port, and misbehaves as told.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "milter/dns/server_address.h"

namespace milter {

enum class Fault {
  none,
  serv_fail,
  refused,
  form_error,
  silent,  // no answer
  late,    // the right answer, `delay` later
  wrong_id,
  other_name,  // a reply to another question
  garbage,     // the right id, then noise
  cut_short,   // the right header and question, then nothing of what it announces
  truncated,   // TC over UDP
  dead_tcp,    // TC over UDP, and TCP closes at once
  mute_tcp,    // TC over UDP, and TCP never answers
  empty,       // NOERROR, no records
  no_edns      // FORMERR to what has EDNS
};

class FakeServer {
 public:
  using Bytes = std::vector<std::uint8_t>;
  // The right answer to a query. Called in the server's thread.
  using Backend = std::function<std::optional<Bytes>(const Bytes& query)>;

  // Starts on a free port. Without a backend every A question is answered 192.0.2.1, TTL 60, RA.
  explicit FakeServer(Backend backend = nullptr);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  ServerAddress address() const;
  void set(Fault fault, std::chrono::milliseconds delay = {});
  int queries() const { return queries_; }  // over UDP
  int tcp_queries() const { return tcp_queries_; }

 private:
  struct Late {
    std::chrono::steady_clock::time_point due;
    Bytes reply, to;
  };
  void run();
  void on_udp();
  void on_tcp();
  void send_late();
  std::optional<Bytes> reply_to(const Bytes& query, bool tcp);

  Backend backend_;
  int udp_ = -1, tcp_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<Fault> fault_{Fault::none};
  std::atomic<std::int64_t> delay_ms_{0};
  std::atomic<int> queries_{0}, tcp_queries_{0};
  std::atomic<bool> stopping_{false};
  std::vector<Late> late_;
  std::vector<int> mute_;  // connections that are never answered
  std::thread thread_;
};

// Asks `to` over UDP and waits up to two seconds: a backend that is another server.
std::optional<FakeServer::Bytes> forward(const FakeServer::Bytes& query, const ServerAddress& to);

}  // namespace milter
