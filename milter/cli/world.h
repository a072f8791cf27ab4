// The real world for a program that runs: its clock, its resolver, its name.
#pragma once
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "milter/cli/config.h"
#include "milter/dns/resolver.h"

namespace milter {

class SystemClock : public Clock {
 public:
  std::int64_t unix_millis() const override;
};

// The scripted zone for a file, the network's resolver for "". The error is printed already: nothing to add.
std::shared_ptr<Resolver> open_resolver(const std::string& zone_file,
                                        const std::vector<std::string>& servers);

// Fully qualified where the system knows it, which may take DNS: ask only when no site.name is configured.
std::string host_name();

}  // namespace milter
