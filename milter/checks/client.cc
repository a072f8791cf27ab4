#include <algorithm>

#include "milter/checks/check.h"
#include "policy/domain.h"

namespace milter {
namespace {

struct Client {
  std::string ip;
  bool local = false;
  bool authenticated = false;
  std::string user;
  static constexpr std::tuple fields{
      policy::Field{"ip",
                    &Client::ip,
                    "the address that connected; empty for a local client without one",
                    {.kind = policy::Kind::address}},
      policy::Field{"local", &Client::local,
                    "a process of this machine, by the mail server's word: no address, and named localhost"},
      policy::Field{"authenticated", &Client::authenticated, "whether it logged in (SMTP AUTH)"},
      policy::Field{"user", &Client::user, "the login, or empty"},
  };
};

// Without an address and without the MTA's word for it the client is a stranger like any other.
Gathered gather(const CheckInput& input, Answers& /*answers*/) {
  const auto& connection = input.connection;
  Client client{.authenticated = !connection.user.empty(), .user = connection.user};
  if (connection.client)
    client.ip = connection.client->text();
  else
    client.local = policy::same_name(connection.client_name, "localhost");
  return policy::to_fact(client);
}

}  // namespace

extern const Check client_check{
    .doc = {.name = "client",
            .group = "client",
            .since = policy::Stage::connect,
            .summary = "Who connected, and whether we trust them.",
            .doubt_reason = "filter-error",
            .fields = policy::describe<Client>({{"trusted",
                                                 "whether it is local, in trusted.networks, or logged in "
                                                 "where trusted.authenticated says that this "
                                                 "counts",
                                                 {.kind = policy::Kind::flag}}})},
    .free = true,
    .after = {},
    .gather = gather,
};

}  // namespace milter
