#include "tests/bench/milter_session.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <stdexcept>

namespace milter {
namespace {

using namespace std::string_literals;

// libmilter's mfdef.h: what we offer, and what the filter may take of it.
constexpr std::uint32_t kVersion = 6, kAllActions = 0x1ff, kAllSteps = 0x1fffff;
constexpr std::uint32_t kNoData = 0x200, kHeaderSpace = 0x100000;
constexpr std::size_t kMostOfAnAnswer = 1 << 20;  // a filter that claims more is out of step
constexpr timeval kPatience{60, 0};               // seconds for an answer: filters may wait for DNS
constexpr std::size_t kBodyPiece = 65535;         // as both MTAs cut it

// The step by which a filter says that it does not answer the command; 0 for those that it must answer.
constexpr std::uint32_t no_reply(char command) {
  constexpr std::string_view kCommands = "CHMRTLNB";
  constexpr std::array<std::uint32_t, 8> kSteps{0x1000,  0x2000, 0x4000,  0x8000,
                                                0x10000, 0x80,   0x40000, 0x80000};
  const auto at = kCommands.find(command);
  return at == std::string_view::npos ? 0 : kSteps[at];
}

std::string number(std::uint32_t n) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift & 0xff);
  return out;
}

std::uint32_t number(std::string_view bytes) {
  std::uint32_t out = 0;
  for (const char c : bytes.substr(0, 4)) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

std::string zero(std::string_view text) { return std::string(text) + '\0'; }

struct Answer {
  char kind = 0;
  std::string data;
};

// One connection to the filter. What is sent is kept until an answer is asked for.
class Wire {
 public:
  explicit Wire(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("the socket's path is too long");
    std::copy(path.begin(), path.end(), address.sun_path);
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    if (socket_ < 0 || ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      const std::string why = std::strerror(errno);
      ::close(socket_);
      throw std::runtime_error(path + ": " + why);
    }
  }
  ~Wire() { ::close(socket_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void send(char command, std::string_view data) {
    out_ += number(static_cast<std::uint32_t>(data.size() + 1));
    out_ += command;
    out_ += data;
  }

  void flush() {
    for (std::string_view rest = out_; !rest.empty();) {
      const auto sent = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent < 0) throw std::runtime_error("send: "s + std::strerror(errno));
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    out_.clear();
  }

  Answer receive() {
    flush();
    const std::size_t size = number(take(4));
    if (size == 0 || size > kMostOfAnAnswer) throw std::runtime_error("an answer of impossible size");
    Answer answer;
    answer.data = take(size);
    answer.kind = answer.data[0];
    answer.data.erase(0, 1);
    return answer;
  }

 private:
  std::string take(std::size_t size) {
    std::array<char, 4096> piece;
    while (in_.size() < size) {
      const auto got = ::recv(socket_, piece.data(), piece.size(), 0);
      if (got <= 0) throw std::runtime_error("the filter hung up, or is silent");
      in_.append(piece.data(), static_cast<std::size_t>(got));
    }
    std::string out = in_.substr(0, size);
    in_.erase(0, size);
    return out;
  }

  int socket_;
  std::string out_, in_;
};

// Empty: go on.
std::string verdict_of(const Answer& answer) {
  if (answer.kind == 'c') return "";
  if (answer.kind == 'a') return "accepted";
  if (answer.kind == 'r' || (answer.kind == 'y' && answer.data.starts_with('5'))) return "refused";
  if (answer.kind == 't' || answer.kind == 'y') return "deferred";
  throw std::runtime_error(fmt::format("an answer of kind '{}'", answer.kind));
}

// One SMTP session with one message.
class Session {
 public:
  Session(Wire& wire, const Scenario& scenario) : wire_(wire), scenario_(scenario) {}

  std::string play(std::string_view queue_id) {
    negotiate();
    auto verdict = envelope(queue_id);
    if (verdict.empty()) verdict = content();
    if (verdict.empty()) {
      verdict = end_of_message(queue_id);
    } else {
      wire_.send('A', "");
    }
    wire_.send('Q', "");
    wire_.flush();
    return verdict;
  }

 private:
  void negotiate() {
    wire_.send('O', number(kVersion) + number(kAllActions) + number(kAllSteps));
    const Answer answer = wire_.receive();
    if (answer.kind != 'O' || answer.data.size() < 12) throw std::runtime_error("no agreement on terms");
    steps_ = number(std::string_view(answer.data).substr(8));
  }

  std::string command(char name, std::string_view data) {
    wire_.send(name, data);
    return (steps_ & no_reply(name)) != 0 ? "" : verdict_of(wire_.receive());
  }

  void macros(char command, std::initializer_list<std::string_view> names_and_values) {
    std::string data(1, command);
    for (const auto text : names_and_values) data += zero(text);
    wire_.send('D', data);
  }

  // CONNECT to RCPT.
  std::string envelope(std::string_view queue_id) {
    const auto& s = scenario_;
    const char family = s.ip.find(':') == std::string::npos ? '4' : '6';
    macros('C', {"j", "mx1.example.net", "{daemon_name}", "smtpd", "v", "Postfix"});
    auto verdict = command('C', zero(s.client) + family + "\x9c\x40"s + zero(s.ip));
    if (verdict.empty()) verdict = command('H', zero(s.helo));
    macros('M', {"{mail_addr}", s.sender, "{mail_host}", s.sender.substr(s.sender.find('@') + 1)});
    if (verdict.empty()) verdict = command('M', zero("<" + s.sender + ">"));
    macros('R', {"i", queue_id, "{rcpt_addr}", s.recipient, "{rcpt_mailer}", "local"});
    if (verdict.empty()) verdict = command('R', zero("<" + s.recipient + ">"));
    return verdict;
  }

  // DATA to the last of the body.
  std::string content() {
    std::string verdict = (steps_ & kNoData) != 0 ? "" : command('T', "");
    const std::size_t skipped = (steps_ & kHeaderSpace) != 0 ? 0 : 1;
    for (const auto& field : scenario_.fields)
      if (verdict.empty()) verdict = command('L', zero(field.name) + zero(field.value.substr(skipped)));
    if (verdict.empty()) verdict = command('N', "");
    for (std::size_t at = 0; at < scenario_.body.size() && verdict.empty(); at += kBodyPiece)
      verdict = command('B', std::string_view(scenario_.body).substr(at, kBodyPiece));
    return verdict;
  }

  std::string end_of_message(std::string_view queue_id) {
    constexpr std::string_view kEdits = "hmibpeq+-2";  // changes to the message, and "still at it"
    macros('E', {"i", queue_id});
    wire_.send('E', "");
    Answer answer = wire_.receive();
    while (kEdits.find(answer.kind) != std::string_view::npos) answer = wire_.receive();
    const auto verdict = verdict_of(answer);
    return verdict.empty() ? "accepted" : verdict;
  }

  Wire& wire_;
  const Scenario& scenario_;
  std::uint32_t steps_ = 0;
};

void read_message(const std::string& path, Scenario& out) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto end = text.find("\r\n\r\n");
  if (end == std::string::npos) throw std::runtime_error(path + ": no message with CRLF lines");
  out.body = text.substr(end + 4);
  for (std::size_t at = 0, next; at < end; at = next + 2) {
    next = std::min(text.find("\r\n", at), end);
    const std::string line = text.substr(at, next - at);
    if (line.starts_with(' ') || line.starts_with('\t')) {
      out.fields.back().value += '\n' + line;
    } else {
      const auto colon = line.find(':');
      out.fields.push_back({line.substr(0, colon), line.substr(colon + 1)});
    }
  }
}

}  // namespace

std::vector<Scenario> read_scenarios(const std::string& path) {
  std::vector<Scenario> out;
  std::ifstream file(path);
  for (std::string name; std::getline(file, name, '\t');) {
    Scenario s;
    s.name = name;
    for (auto* part : {&s.ip, &s.client, &s.helo, &s.sender, &s.recipient, &s.verdict})
      std::getline(file, *part, '\t');
    std::string message;
    std::getline(file, message);
    read_message(message, s);
    out.push_back(std::move(s));
  }
  if (out.empty()) throw std::runtime_error(path + ": no scenarios");
  return out;
}

std::string play(const std::string& socket, const Scenario& scenario, std::string_view queue_id) {
  Wire wire(socket);
  return Session(wire, scenario).play(queue_id);
}

}  // namespace milter
