#include <algorithm>

#include "milter/checks/check.h"
#include "policy/domain.h"
#include "policy/path.h"

namespace milter {
namespace {

constexpr std::size_t kLongestListId = 255;  // RFC 2919 section 3

struct Message {
  std::int64_t size = 0, received = 0;
  std::string list_id;
  bool list = false, bounce = false;
  static constexpr std::tuple fields{
      policy::Field{"size", &Message::size, "octets of header and body"},
      policy::Field{"received", &Message::received,
                    "how many Received fields it has: servers it came through"},
      policy::Field{"list_id", &Message::list_id,
                    "the identifier of its List-Id field (RFC 2919), in lower case; empty if it has none"},
      policy::Field{"list", &Message::list, "whether it has a List-Id, List-Post or List-Unsubscribe field"},
      policy::Field{"bounce", &Message::bounce, "whether its sender is the null sender: <>"},
  };
};

// "The Friends <friends.example.net>" is friends.example.net; without brackets the whole is taken.
std::string list_id_in(std::string_view value) {
  const auto open = value.rfind('<');
  if (open != std::string_view::npos) value.remove_prefix(open + 1);
  value = value.substr(0, value.find('>'));
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = std::min(value.find_first_not_of(kSpace), value.size());
  value.remove_prefix(first);
  const auto last = value.find_last_not_of(kSpace);
  if (last != std::string_view::npos) value = value.substr(0, last + 1);
  return policy::lower(value.substr(0, kLongestListId));
}

void add_list(const std::vector<HeaderField>& headers, Message& message) {
  for (const auto& header : headers) {
    const bool id = is_named(header, "List-Id");
    if (id && message.list_id.empty()) message.list_id = list_id_in(header.value);
    message.list =
        message.list || id || is_named(header, "List-Post") || is_named(header, "List-Unsubscribe");
  }
}

Gathered gather(const CheckInput& input, Answers& /*answers*/) {
  const auto& transaction = input.transaction;
  Message message{.size = transaction.size, .received = transaction.counts.received};
  message.bounce = policy::parse_path(transaction.mail_from).null;
  add_list(transaction.headers, message);
  return policy::to_fact(message);
}

}  // namespace

extern const Check message_check{
    .doc = {.name = "message",
            .group = "message",
            .since = policy::Stage::headers,
            .summary = "The message as a whole, and for whom it is.",
            .doubt_reason = "filter-error",
            .fields = policy::describe<Message>(
                {{"recipients", "the recipients that were accepted", {.kind = policy::Kind::mailbox}, true},
                 {"recipient_domains", "their domains, each once", {.kind = policy::Kind::domain}, true},
                 {"role",
                  "whether all of them are postmaster@ or abuse@ of our domains: then only relay control "
                  "refuses",
                  {.kind = policy::Kind::flag}},
                 {"mixed",
                  "whether the rules of the message's end would treat them differently, each by himself: "
                  "clients of "
                  "ours alone bring such mail, others are told to come again",
                  {.kind = policy::Kind::flag}}})},
    .free = true,
    .per_decision = true,
    .after = {},
    .gather = gather,
};

}  // namespace milter
