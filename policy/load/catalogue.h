// From the text of a replies file to the catalogue, with every error at its place. Pure; any thread.
#pragma once
#include "policy/diagnostic.h"
#include "policy/load/keys.h"
#include "policy/reply/reply.h"
#include "policy/schema.h"

namespace policy {

inline constexpr std::array kReplyKeys{
    KeyDoc{"code", "4xx or 5xx", R"({"type":"integer","minimum":400,"maximum":599})"},
    KeyDoc{"enhanced", "of the same class, RFC 3463",
           R"({"type":"string","pattern":"^[45]\\.[0-9]{1,3}\\.[0-9]{1,3}$"})"},
    KeyDoc{"temporary", "code and enhanced code of a deferral",
           R"({"type":"string","pattern":"^4[0-9]{2} 4\\.[0-9]{1,3}\\.[0-9]{1,3}$"})"},
    KeyDoc{"actor", "who can do something about it",
           R"({"enum":["none","sender","sender-admin","domain-admin","recipient","recipient-admin"]})"},
    KeyDoc{"category", "what it is about",
           R"({"enum":["recipient","system","client","sender","auth","message"]})"},
    KeyDoc{"text", "1 to 4 lines; the last one has ref={ref}",
           R"({"type":"array","minItems":1,"maxItems":4,"items":{"type":"string"}})"},
    KeyDoc{"fallback", "one line without placeholders", kText},
    KeyDoc{"help", "Markdown of the help page", kText},
    KeyDoc{"sample", "facts for documentation and tests", R"({"$ref":"#/$defs/facts"})"},
};

inline constexpr std::array kRepliesKeys{
    KeyDoc{"version", "the version of this format", R"({"const":1})"},
    KeyDoc{
        "replies", "by reason",
        R"({"type":"object","propertyNames":{"$ref":"#/$defs/reason"},"additionalProperties":{"$ref":"#/$defs/reply"}})"},
};

// The shipped catalogue, overridden entry by entry, key by key, by `source` (which may be empty).
Loaded<Catalogue> load_catalogue(const Source& source, const Schema& schema);

// conf/replies.yaml as built in. Its errors are ours: throws std::logic_error. Made once, with the first
// schema that it is given: a program has one. Placeholders that this schema does not know are no error, so
// that a test may have a small one.
const Catalogue& shipped_catalogue(const Schema& schema);

}  // namespace policy
