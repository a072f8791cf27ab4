#include "milter/checks/list_question.h"

namespace milter {

extern const Check dnsbl_from_check{
    .doc = {.name = "dnsbl_from",
            .group = "dnsbl_from",
            .since = policy::Stage::headers,
            .summary = "Whether DNS lists of domains (RFC 5782) list the domain in From.",
            .doubt_reason = "dns-failure",
            .fields = list_fields()},
    .free = false,
    .of_lists = true,
    .after = {"from"},
    .gather = ask_list,
};

}  // namespace milter
