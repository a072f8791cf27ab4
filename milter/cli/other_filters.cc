#include "milter/cli/other_filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "milter/cli/loading.h"
#include "policy/domain.h"
#include "policy/text.h"

namespace milter {
namespace {

// One line of a file, without comment.
struct Line {
  int number = 0;
  std::string_view text;
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> out;
  for (int number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    out.push_back({number, policy::trimmed(line.substr(0, line.find('#')))});
  }
  return out;
}

// opendkim.conf(5), opendmarc.conf(5): "Key value", the key in any case.
std::optional<Line> setting(const std::vector<Line>& lines, std::string_view key) {
  std::optional<Line> found;
  for (const auto& [number, text] : lines) {
    const auto blank = std::min(text.find_first_of(" \t"), text.size());
    if (policy::same_name(text.substr(0, blank), key)) found = {number, policy::trimmed(text.substr(blank))};
  }
  return found;
}

void add_trusted_domain_project(const std::string& etc, const std::string& name, std::string (*host)(),
                                std::vector<OtherFilter>& out) {
  const auto file = etc + "/" + name + ".conf";
  const auto text = read_file(file);
  if (!text) return;
  const auto lines = lines_of(*text);
  const auto mode = setting(lines, "Mode");  // of opendkim: s signs, v verifies
  if (mode && mode->text.find('v') == std::string_view::npos) return;
  const auto id = setting(lines, "AuthservID");
  const bool default_id = !id || id->text.empty() || id->text == "HOSTNAME";
  out.push_back({name, default_id ? host() : std::string(id->text), {file, id ? id->number : 0, id ? 1 : 0}});
}

// rspamd has no key for it: it takes the mail server's name.
void add_rspamd(const std::string& etc, std::string (*host)(), std::vector<OtherFilter>& out) {
  for (const auto* folder : {"local.d", "override.d"}) {
    const auto file = fmt::format("{}/rspamd/{}/milter_headers.conf", etc, folder);
    const auto text = read_file(file);
    if (!text) continue;
    for (const auto& [number, line] : lines_of(*text)) {
      if (line.find("authentication-results") == std::string_view::npos) continue;
      out.push_back({"rspamd", host(), {file, number, 1}});
      return;
    }
  }
}

bool has(const std::vector<std::string>& ids, const std::string& id) {
  return std::any_of(ids.begin(), ids.end(),
                     [&](const std::string& one) { return policy::same_name(one, id); });
}

std::string advice(const OtherFilter& filter, const Config& config, const std::string& own_id) {
  if (policy::same_name(filter.id, own_id))
    return fmt::format(
        "{0} writes Authentication-Results as {1}, and so do we: each of the two removes what the other "
        "wrote. One filter, one id: give one of them another (AuthservID of opendkim and opendmarc, "
        "headers: {{authserv_id: …}} here), or switch that off in {0}",
        filter.name, filter.id);
  if (has(config.headers.also_ours, filter.id) || has(config.kept_ids, filter.id)) return "";
  return fmt::format(
      "{0} writes Authentication-Results as {1}, and while it does not run nobody removes what strangers "
      "write in that name: headers: {{also_ours: [{1}]}} if {0} is asked after us, or {{keep: [{1}], "
      "from_filter_before_us: true}} if before us",
      filter.name, filter.id);
}

}  // namespace

std::vector<OtherFilter> other_filters(const std::string& etc, std::string (*host)()) {
  std::vector<OtherFilter> out;
  for (const auto* name : {"opendkim", "opendmarc"}) add_trusted_domain_project(etc, name, host, out);
  add_rspamd(etc, host, out);
  return out;
}

std::vector<policy::Diagnostic> advise_on_filters(const std::vector<OtherFilter>& filters,
                                                  const Config& config, const std::string& own_id) {
  std::vector<policy::Diagnostic> out;
  for (const auto& filter : filters)
    if (auto text = advice(filter, config, own_id); !text.empty())
      out.push_back({policy::Severity::warning, filter.at, std::move(text), ""});
  return out;
}

}  // namespace milter
