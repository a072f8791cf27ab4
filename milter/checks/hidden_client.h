// Clients whose own address the MTA does not know: strangers who come through a proxy or NAT of our network all bear
// its private address. Pure; any thread.
#pragma once
#include <optional>

#include "milter/checks/check.h"

namespace milter {

// Whether the client bears a private address and is neither trusted nor logged in. On the public internet
// nobody has one (RFC 1918, RFC 6890), so it is our own network's doing. `facts`: client.trusted and
// client.authenticated are there.
bool is_hidden(const std::optional<policy::Address>& client, const policy::FactSet& facts);

// Why nothing can be found out by its address; empty: something can.
std::optional<policy::Unavailable> hidden_client(const CheckInput& input);

}  // namespace milter
