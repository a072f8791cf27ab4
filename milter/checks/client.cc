#include <algorithm>

#include "milter/checks/check.h"
#include "policy/domain.h"

namespace milter {
namespace {

struct Client {
  std::string ip;
  bool trusted = false;
  bool authenticated = false;
  std::string user;
  static constexpr std::tuple fields{
      policy::Field{"ip",
                    &Client::ip,
                    "the address that connected; empty for a local client without one",
                    {.kind = policy::Kind::address}},
      policy::Field{"trusted", &Client::trusted,
                    "whether it is in trusted.networks, or logged in where trusted.authenticated says that "
                    "this counts"},
      policy::Field{"authenticated", &Client::authenticated, "whether it logged in (SMTP AUTH)"},
      policy::Field{"user", &Client::user, "the login, or empty"},
  };
};

policy::Fact gather(const Asking& asking) {
  const auto& [connection, transaction, facts, env, deadline] = asking;
  const auto& trusted = env.policy.trusted;
  Client client{.user = connection.user};
  client.authenticated = !client.user.empty();
  client.trusted = client.authenticated && trusted.authenticated;
  if (connection.client) {
    client.ip = connection.client->text();
    client.trusted |= std::any_of(trusted.networks.begin(), trusted.networks.end(),
                                  [&client_ip = *connection.client](const policy::Network& network) {
                                    return network.contains(client_ip);
                                  });
  } else {
    // No address: a local process, as the MTA then says. Without its word the client is a stranger like any
    // other.
    client.trusted |= policy::same_name(connection.client_name, "localhost");
  }
  return policy::to_fact(client);
}

}  // namespace

extern const Check client_check{
    .doc = {.name = "client",
            .group = "client",
            .since = policy::Stage::connect,
            .summary = "Who connected, and whether we trust them.",
            .doubt_reason = "filter-error",
            .fields = policy::describe<Client>()},
    .free = true,
    .after = {},
    .gather = gather,
};

}  // namespace milter
