#include "milter/dns/channel.h"

#include <netinet/in.h>
#include <sys/random.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace milter {

namespace {

constexpr int kReceiveBuffer = 1 << 20;          // a burst of 1000 replies; the kernel may grant less
constexpr std::size_t kMostOutstanding = 16384;  // of 65,536 ids: a free one is found at once

ares_addr_port_node to_node(const ServerAddress& server) {
  ares_addr_port_node node{};
  node.family = server.ip.is_v4() ? AF_INET : AF_INET6;
  const auto bytes = server.ip.bytes();
  std::memcpy(&node.addr, bytes.data(), bytes.size());
  node.udp_port = node.tcp_port = server.port;
  return node;
}

// From the kernel: guessing an id must not be easier than trying all.
std::uint16_t random16() {
  thread_local std::array<std::uint16_t, 128> pool;
  thread_local std::size_t left = 0;
  if (left == 0) {
    if (getrandom(pool.data(), sizeof pool, 0) != sizeof pool) throw std::runtime_error("DNS: getrandom");
    left = pool.size();
  }
  return pool[--left];
}

}  // namespace

Channel::Channel(const Settings& settings, Watch watch, OnEnd on_end)
    : watch_(std::move(watch)), on_end_(std::move(on_end)) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  ares_options options{};
  // NOCHECKRESP: SERVFAIL and REFUSED come to us. IGNTC: so does truncation. EDNS: UDP replies
  // may exceed 512.
  options.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_IGNTC | ARES_FLAG_EDNS;
  if (settings.transport == Transport::tcp) options.flags |= ARES_FLAG_USEVC;
  options.ednspsz = kUdpPayload;
  options.timeout = static_cast<int>(settings.timeout.count());
  options.tries = 1;
  options.socket_receive_buffer_size = kReceiveBuffer;
  options.sock_state_cb = on_socket;
  options.sock_state_cb_data = this;
  ares_channel raw = nullptr;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                   ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB;
  if (library != ARES_SUCCESS || ares_init_options(&raw, &options, mask) != ARES_SUCCESS)
    throw std::runtime_error("DNS: c-ares does not start");
  ares_.reset(raw);
  auto node = to_node(settings.server);
  if (ares_set_servers_ports(raw, &node) != ARES_SUCCESS) throw std::runtime_error("DNS: c-ares server");
}

Channel::~Channel() { ares_.reset(); }  // ends what is outstanding, while the other members are there

std::uint16_t Channel::unused_id() const {
  for (;;)
    if (const auto id = random16(); !ids_.test(id)) return id;
}

Channel::Sent& Channel::unused_sent() {
  if (free_.empty()) {
    free_.push_back(&sent_.emplace_back());
    free_.reserve(sent_.size());  // so that it is given back without allocating
  }
  auto& sent = *free_.back();
  free_.pop_back();
  return sent;
}

void Channel::send(const Question& question, Edns edns, std::uint64_t tag) {
  if (outstanding() >= kMostOutstanding) return on_end_(tag, End::no_answer, {});
  const auto id = unused_id();
  auto& sent = unused_sent();
  sent = {this, tag, id};
  ids_.set(id);
  const auto query = encode_query(question, id, edns);
  ares_send(ares_.get(), query.data(), static_cast<int>(query.size()), on_reply, &sent);
}

void Channel::process(int socket, Interest ready) {
  ares_process_fd(ares_.get(), ready.read ? socket : ARES_SOCKET_BAD, ready.write ? socket : ARES_SOCKET_BAD);
}

void Channel::tick() { ares_process_fd(ares_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

void Channel::on_reply(void* pointer, int status, int /*timeouts*/, unsigned char* reply, int size) {
  const auto sent = *static_cast<Sent*>(pointer);
  sent.channel->ids_.reset(sent.id);
  sent.channel->free_.push_back(static_cast<Sent*>(pointer));
  if (status == ARES_SUCCESS)
    return sent.channel->on_end_(sent.tag, End::replied, {reply, static_cast<std::size_t>(size)});
  sent.channel->on_end_(sent.tag, status == ARES_ETIMEOUT ? End::no_answer : End::no_connection, {});
}

void Channel::on_socket(void* self, int socket, int readable, int writable) {
  static_cast<Channel*>(self)->watch_(socket, {readable != 0, writable != 0});
}

}  // namespace milter
