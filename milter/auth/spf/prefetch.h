// SPF records asked for before anybody needs them.
#pragma once
#include "milter/auth/spf/verify.h"

namespace milter {

// prefetch: how much of a tree of records is asked for before anybody needs it.
inline constexpr int kDeepestPrefetch = 5;  // includes within includes; published trees have up to 4
inline constexpr int kMostPrefetches = 20;  // queries, both identities together

// Starts the queries that both checks will probably make, each as soon as its name is known: the records
// without macros, their hosts. Never blocks; the answers go to the resolver's cache. Goes on in the
// resolver's thread, so the resolver must outlive its own queries.
void prefetch(const SpfQuestion& question, Resolver& resolver);

// Whether the first record is here already, so that prefetch would only repeat itself. Never blocks.
bool is_prefetched(const SpfQuestion& question, Resolver& resolver);

}  // namespace milter
