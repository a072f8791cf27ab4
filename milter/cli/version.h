// What this program is called, and what it runs with: the text of --version.
#pragma once
#include <string>
#include <string_view>

namespace milter {

// As contrib/version has it: "0.2.0", or "0.2.0+5.g1a2b3c4" five commits after that. Generated
// for each build.
std::string_view built_version();

// "fivefifty VERSION", then one line a library: its name and the version that is loaded now, which may be
// newer than the one that was compiled with.
std::string version_text();

}  // namespace milter
