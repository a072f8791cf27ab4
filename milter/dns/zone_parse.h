// The file of a scripted DNS world: see zone.h for its form.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "milter/dns/zone.h"
#include "policy/diagnostic.h"

namespace milter {

// The errors name file, line and column.
tl::expected<std::shared_ptr<ScriptedZone>, std::vector<policy::Diagnostic>> parse_zone(std::string_view yaml,
                                                                                        std::string file);

}  // namespace milter
