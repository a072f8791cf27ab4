// The files of conf/*.yaml as they were when the program was built: the built-in texts, policy and lists.
#pragma once
#include <functional>
#include <map>
#include <string>

namespace policy {

// By file name: "replies.yaml", "policy.yaml", "lists.yaml", "fivefifty.yaml".
const std::map<std::string, std::string, std::less<>>& shipped_files();

}  // namespace policy
