// The files that `fivefifty setup` writes: the shipped ones, with the answers in place of example.net.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "milter/cli/site_answers.h"

namespace milter {

// The text of policy.yaml or fivefifty.yaml for these answers. `before`: the file that it replaces, or "":
// its first line tells editors where the schema is, and is kept.
std::string policy_text(const SiteAnswers& answers, std::string_view before);
std::string daemon_text(std::string_view before);

// Whether `text` is the shipped file `name` (policy.yaml, fivefifty.yaml) as it was installed: nobody's work
// is lost with it.
bool is_as_shipped(std::string_view name, std::string_view text);

// Puts a file there whole, by rename, or not at all. It keeps the mode of the file that it replaces, else
// 0644; a symbolic link goes on pointing to it. `keep`: the old text is left beside it, as PATH.old. The
// error says what cannot be done.
enum class Keep { nothing, the_old_one };
std::optional<std::string> write_whole(const std::string& path, std::string_view text, Keep keep);

}  // namespace milter
