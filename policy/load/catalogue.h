// From the text of a replies file to the catalogue, with every error at its place. Pure; any thread.
#pragma once
#include "policy/diagnostic.h"
#include "policy/reply/reply.h"
#include "policy/schema.h"

namespace policy {

// The shipped catalogue, overridden entry by entry, key by key, by `source` (which may be empty).
Loaded<Catalogue> load_catalogue(const Source& source, const Schema& schema);

// conf/replies.yaml as built in. Its errors are ours: throws std::logic_error. Made once, with the first
// schema that it is given: a program has one. Placeholders that this schema does not know are no error, so
// that a test may have a small one.
const Catalogue& shipped_catalogue(const Schema& schema);

}  // namespace policy
