// The files of conf/ and conf/pages/ as they were when the program was built: the built-in texts, policy,
// lists and pages.
#pragma once
#include <functional>
#include <map>
#include <string>

namespace policy {

// By file name: "replies.yaml", "policy.yaml", "lists.yaml", "fivefifty.yaml", "page.html".
const std::map<std::string, std::string, std::less<>>& shipped_files();

}  // namespace policy
