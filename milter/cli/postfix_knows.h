// What the Postfix of this machine says of itself, so that nobody has to type it again.
#pragma once
#include <string>
#include <tl/expected.hpp>

#include "milter/cli/site_answers.h"

namespace milter {

struct PostfixKnows {
  std::string host;
  Words local, relay, networks;
  // "virtual_mailbox_domains: mysql:/etc/postfix/domains.cf": tables, files and exclusions, which
  // postconf only names.
  Words unread_local, unread_relay, unread_networks;
};

// Runs `postconf`, a path or a name in PATH, without a shell. At most 64 KiB of its answer are read, for at
// most 10 s. The error: why there is nothing to know.
tl::expected<PostfixKnows, std::string> ask_postfix(const std::string& postconf);

}  // namespace milter
