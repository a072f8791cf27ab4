// A page with {{names}} that are filled in, from conf/pages or a folder of the admin's own.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <tl/expected.hpp>

#include "milter/cli/html/html.h"
#include "policy/diagnostic.h"

namespace milter {

using PageValues = std::map<std::string, Html, std::less<>>;

// The error is of the template: "F:LINE:COL: there is no {{nmae}} here; did you mean {{name}}?".
tl::expected<std::string, std::string> fill(const policy::Source& page, const PageValues& values);

// Replaces the file, whole or not at all. The error is a sentence; "" is none.
std::string write_page(const std::string& path, const std::string& text);

}  // namespace milter
