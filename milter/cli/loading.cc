#include "milter/cli/loading.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>

#include "milter/cli/world.h"
#include "milter/log/say.h"
#include "milter/recipients/recipients.h"
#include "policy/load/catalogue.h"
#include "policy/load/policy.h"
#include "policy/load/shipped.h"

namespace milter {
namespace {

constexpr std::string_view kBuiltInPolicy = "policy.yaml";

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

policy::Diagnostic unreadable(const std::string& path, const std::string& why) {
  return {policy::Severity::error, {path, 0, 0}, why, ""};
}

// The text of a file, or of the built-in one for ""; remembered for printing.
std::string text_of(const std::string& path, std::string_view built_in, LoadedTexts& loaded) {
  if (path.empty()) return built_in.empty() ? "" : policy::shipped_files().find(built_in)->second;
  auto text = read_file(path);
  if (!text) loaded.diagnostics.push_back(unreadable(path, text.error()));
  return loaded.texts[path] = text.value_or("");
}

template <class T>
std::optional<T> take(policy::Loaded<T> from, LoadedTexts& loaded) {
  loaded.diagnostics.insert(loaded.diagnostics.end(), from.diagnostics.begin(), from.diagnostics.end());
  return std::move(from.value);
}

}  // namespace

tl::expected<std::string, std::string> read_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || file.bad())
    return tl::unexpected(fmt::format("cannot read {}: {}", path, std::strerror(errno ? errno : EIO)));
  return std::move(text).str();
}

std::optional<Config> load_config_file(const std::string& path) {
  if (path.empty()) return Config{};
  LoadedTexts loaded;
  const auto text = text_of(path, "", loaded);
  auto config = loaded.diagnostics.empty() ? take(load_config({text, path}), loaded) : std::nullopt;
  print(loaded);
  return config;
}

LoadedTexts load_snapshot(const Config& config, const std::string& host, const Snapshot* previous,
                          RecipientFiles recipients) {
  LoadedTexts loaded;
  const auto replies = text_of(config.replies, "", loaded);
  const auto policy_text = text_of(config.policy, kBuiltInPolicy, loaded);
  if (policy::has_errors(loaded.diagnostics)) return loaded;
  auto catalogue = take(policy::load_catalogue({replies, config.replies}, schema()), loaded);
  const auto file = config.policy.empty() ? std::string(kBuiltInPolicy) : config.policy;
  auto rules = take(policy::load_policy({policy_text, file}, schema(),
                                        catalogue ? *catalogue : policy::shipped_catalogue(schema()), now()),
                    loaded);
  if (!catalogue || !rules) return loaded;
  // Of all files that it is made of: a reply file moves codes.
  if (!config.replies.empty()) rules->fingerprint = policy::fingerprint({policy_text, replies});
  if (recipients == RecipientFiles::leave) {
    loaded.snapshot =
        std::make_shared<const Snapshot>(Snapshot{std::move(*rules), std::move(*catalogue), nullptr});
    return loaded;
  }
  loaded.snapshot = snapshot_of(std::move(*rules), std::move(*catalogue), host, previous,
                                {.watch = recipients == RecipientFiles::watch, .state_folder = config.state});
  return loaded;
}

std::shared_ptr<const Snapshot> snapshot_of(policy::Policy policy, policy::Catalogue catalogue,
                                            const std::string& host, const Snapshot* previous,
                                            const RecipientOptions& options) {
  if (policy.site.name.empty()) policy.site.name = host.empty() ? host_name() : host;
  auto recipients = open_recipients(policy, say, previous ? previous->recipients.get() : nullptr, options);
  return std::make_shared<const Snapshot>(
      Snapshot{std::move(policy), std::move(catalogue), std::move(recipients)});
}

void print(const LoadedTexts& loaded) {
  const auto colour = isatty(STDERR_FILENO) ? policy::Colour::always : policy::Colour::never;
  for (const auto& diagnostic : loaded.diagnostics) {
    const auto text = loaded.texts.find(diagnostic.at.file);
    say_plainly(policy::to_text(diagnostic, text == loaded.texts.end() ? "" : text->second, colour));
  }
}

std::optional<Setup> set_up(const CommonOptions& options) {
  auto config = load_config_file(options.config);
  if (!config) return std::nullopt;
  if (!options.policy.empty()) config->policy = options.policy;
  const auto loaded = load_snapshot(*config, "");
  if (!loaded.snapshot) {
    print(loaded);
    return std::nullopt;
  }
  return Setup{std::move(*config), loaded.snapshot, loaded};
}

}  // namespace milter
