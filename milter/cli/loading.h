// From files to what sessions decide with. The only place that reads configuration from disk.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "milter/cli/config.h"
#include "milter/cli/options.h"
#include "milter/recipients/recipients.h"
#include "milter/session/snapshot.h"

namespace milter {

// A file's text, or why it cannot be read ("cannot read F: No such file or directory").
tl::expected<std::string, std::string> read_file(const std::string& path);

// Texts and what was said of them, for printing with source lines.
struct LoadedTexts {
  std::shared_ptr<const Snapshot> snapshot;  // null: there are errors
  std::vector<policy::Diagnostic> diagnostics;
  std::map<std::string, std::string> texts;  // by file name
};

// The daemon's file, or the built-in defaults for "". Diagnostics are printed to stderr; nullopt
// after an error.
std::optional<Config> load_config_file(const std::string& path);

// What becomes of the files of recipients: read once, watched as long as the snapshot lives, or left alone.
enum class RecipientFiles { read, watch, leave };

// Policy and catalogue as `config` names them; "" is the built-in one. `host` stands in for a site.name that
// the policy leaves out; "" is this host's own, which is looked up only then. `previous`: what a reload
// replaces, whose recipients' files stand in for those that cannot be read now; or null.
LoadedTexts load_snapshot(const Config& config, const std::string& host, const Snapshot* previous = nullptr,
                          RecipientFiles recipients = RecipientFiles::read);

// A policy with its recipients' sources opened and its site named.
std::shared_ptr<const Snapshot> snapshot_of(policy::Policy policy, policy::Catalogue catalogue,
                                            const std::string& host, const Snapshot* previous,
                                            const RecipientOptions& recipients = {});

// `diagnostics`, each with its line and a caret, to stderr.
void print(const LoadedTexts& loaded);

// Both at once, errors printed: what most commands begin with. nullopt after an error.
struct Setup {
  Config config;
  std::shared_ptr<const Snapshot> snapshot;
  LoadedTexts warnings;  // not printed yet: who only looks at one session need not read them
};
std::optional<Setup> set_up(const CommonOptions& options);

}  // namespace milter
