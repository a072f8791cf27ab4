#include "milter/checks/list_question.h"

namespace milter {

extern const Check dnsbl_check{
    .doc = {.name = "dnsbl",
            .group = "dnsbl",
            .since = policy::Stage::connect,
            .summary = "Whether DNS lists of addresses and domains (RFC 5782) list the client or its names.",
            .doubt_reason = "dns-failure",
            .fields = list_fields()},
    .free = false,
    .of_lists = true,
    .after = {},
    .gather = ask_list,
};

}  // namespace milter
