// One way to one name server: c-ares as the carrier of octets over UDP or TCP. It matches replies by id and
// question, frames TCP, and knows when a question was not answered; what a reply means is not its business.
//
// One thread.
#pragma once
#include <ares.h>

#include <bitset>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "milter/dns/poller.h"
#include "milter/dns/server_address.h"
#include "milter/dns/wire.h"

namespace milter {

enum class Transport { udp, tcp };

class Channel {
 public:
  // How a question ended: the octets of the reply (valid during the call), or none and why.
  enum class End { replied, no_answer, no_connection };
  // Called once for each send, from send, process, tick or the destructor. Must not call the channel.
  using OnEnd = std::function<void(std::uint64_t tag, End end, Octets reply)>;
  using Watch = std::function<void(int socket, Interest interest)>;

  struct Settings {
    ServerAddress server;
    Transport transport = Transport::udp;
    std::chrono::milliseconds timeout{5000};  // of one question
  };

  // Throws std::runtime_error if c-ares cannot start.
  Channel(const Settings& settings, Watch watch, OnEnd on_end);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void send(const Question& question, Edns edns, std::uint64_t tag);
  void process(int socket, Interest ready);
  void tick();  // ends what waited too long; at least every 50 ms while anything is outstanding

  std::size_t outstanding() const { return sent_.size() - free_.size(); }

 private:
  struct Sent {
    Channel* channel = nullptr;
    std::uint64_t tag = 0;
    std::uint16_t id = 0;
  };
  Sent& unused_sent();
  static void on_reply(void* sent, int status, int timeouts, unsigned char* reply, int size);
  static void on_socket(void* self, int socket, int readable, int writable);
  std::uint16_t unused_id() const;

  struct Destroy {
    void operator()(ares_channel channel) const { ares_destroy(channel); }
  };

  Watch watch_;
  OnEnd on_end_;
  std::bitset<65536> ids_;  // of what is outstanding
  std::deque<Sent> sent_;   // c-ares holds pointers to them
  std::vector<Sent*> free_;
  std::unique_ptr<ares_channeldata, Destroy> ares_;
};

}  // namespace milter
