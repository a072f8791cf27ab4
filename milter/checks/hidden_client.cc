#include "milter/checks/hidden_client.h"

#include <fmt/format.h>

namespace milter {

bool is_hidden(const std::optional<policy::Address>& client, const policy::FactSet& facts) {
  return client && !client->is_public() && !facts.flag("client.trusted") &&
         !facts.flag("client.authenticated");
}

std::optional<policy::Unavailable> hidden_client(const CheckInput& input) {
  if (!is_hidden(input.connection.client, input.facts)) return std::nullopt;
  return policy::Unavailable{
      fmt::format("the client's own address is not known: {} is private, of a proxy or NAT of ours",
                  input.connection.client->text()),
      policy::Owner::ours};
}

}  // namespace milter
