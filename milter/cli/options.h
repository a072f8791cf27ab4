// Options that several commands share, under the same names.
#pragma once
#include <string>

namespace milter {

struct CommonOptions {
  std::string config;  // "" is the built-in defaults
  std::string policy;  // "" is what the configuration says, or the built-in one
  std::string zone;    // a scripted DNS world; "" is the network
};

}  // namespace milter
