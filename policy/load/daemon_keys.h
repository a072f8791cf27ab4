// The keys of the daemon's file: what its reader (milter/cli/config.h) accepts, and what the JSON Schema says.
#pragma once
#include "policy/load/keys.h"

namespace policy {

inline constexpr std::string_view kFlag = R"({"type":"boolean"})";
inline constexpr std::string_view kTime = R"({"type":"string","pattern":"^[0-9]+(s|ms)$"})";

inline constexpr std::string_view kNames = R"({"type":["array","null"],"items":{"type":"string"}})";

inline constexpr std::array kDaemonKeys{
    KeyDoc{"socket", "where the mail server finds us: unix:PATH or inet:PORT@HOST",
           R"({"type":"string","pattern":"^(unix|local|inet|inet6):.+$"})"},
    KeyDoc{"socket_mode", "of a unix socket, in quotes: \"0660\"",
           R"({"type":"string","pattern":"^0?[0-7]{3}$"})"},
    KeyDoc{"socket_group", "of a unix socket", kText},
    KeyDoc{"backlog", "connections that may wait to be taken",
           R"({"type":"integer","minimum":1,"maximum":65535})"},
    KeyDoc{"user", "whom to run as", kText},
    KeyDoc{"policy", "the policy file; relative to this file", kText},
    KeyDoc{"replies", "the file with your own texts; relative to this file", kText},
    KeyDoc{"resolvers", "addresses of DNS resolvers; none: those of the host",
           R"({"type":["array","null"],"items":{"type":"string"}})"},
    KeyDoc{"budgets", "how long a decision may wait for answers", R"({"$ref":"#/$defs/budgets"})"},
    KeyDoc{"drain", "how long sessions may finish at the end", kTime},
    KeyDoc{"log", "where decisions are written", R"({"$ref":"#/$defs/log"})"},
    KeyDoc{"headers", "what accepted mail carries", R"({"$ref":"#/$defs/headers"})"},
    KeyDoc{"state", "folder of what must outlive the program: which recipients vanished when", kText},
    KeyDoc{"metrics", "ADDRESS:PORT for Prometheus; empty: off", R"({"type":["string","null"]})"},
};

inline constexpr std::array kBudgetKeys{KeyDoc{"rcpt", "at each recipient", kTime},
                                        KeyDoc{"message", "at the end of the message", kTime}};

inline constexpr std::array kLogKeys{
    KeyDoc{"file", "JSON lines; opened anew on SIGHUP", kText},
    KeyDoc{"stdout", "JSON lines on standard output", kFlag},
    KeyDoc{"journal", "JSON lines in the journal", kFlag},
    KeyDoc{"syslog", "one short line each", kFlag},
    KeyDoc{"accepted", "how much is kept of accepted mail", R"({"enum":["facts","brief","none"]})"},
};

inline constexpr std::array kHeaderKeys{
    KeyDoc{"authentication_results", "Authentication-Results, RFC 8601", kFlag},
    KeyDoc{"received_spf", "Received-SPF, RFC 7208", kFlag},
    KeyDoc{"quarantine", "the field that marks mail which its domain wants in quarantine; empty: none",
           R"({"type":["string","null"],"pattern":"^[!-9;-~]*$"})"},
    KeyDoc{"authserv_id", "in whose name results are written; without it, site.name of the policy", kText},
    KeyDoc{"also_ours",
           "ids in whose name no stranger may bring results: of our other servers, of filters behind us",
           kNames},
    KeyDoc{"relays", "networks of our other servers: what they wrote as one of also_ours is kept", kNames},
    KeyDoc{"keep", "ids of filters before us, whose results are kept whoever brings them", kNames},
    KeyDoc{"from_filter_before_us", "that keep is meant: those filters remove forged results themselves",
           kFlag},
};

}  // namespace policy
