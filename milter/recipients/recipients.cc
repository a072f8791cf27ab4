#include "milter/recipients/recipients.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "milter/recipients/recipient_watch.h"
#include "policy/domain.h"

namespace milter {
namespace {

// The keys under which a mailbox may stand, the nearest first.
std::vector<std::string> keys_of(std::string_view local, std::string_view domain,
                                 const std::string& delimiter) {
  const auto mailbox = policy::lower(local);
  const auto at = "@" + std::string(domain);
  std::vector<std::string> keys{mailbox + at};
  if (const auto tag = mailbox.find_first_of(delimiter); tag != std::string::npos && tag > 0)
    keys.push_back(mailbox.substr(0, tag) + at);
  keys.push_back(at);
  return keys;
}

// What is wrong with a file of ours is never the world's doing, nor the client's.
tl::unexpected<policy::Unavailable> unavailable(std::string why) {
  return tl::unexpected(policy::Unavailable{std::move(why), policy::Owner::ours});
}

StatusAnswer answer(const RecipientContents& file, const std::string& pattern,
                    const std::vector<std::string>& keys) {
  if (!file.list) return unavailable(file.trouble);
  for (const auto& key : keys)
    if (const auto status = file.list->find(key)) return *status;
  const auto& list = *file.list;
  if (!file.trouble.empty()) return unavailable(file.trouble);
  if (file.change_waits) return unavailable(file.path + ": has changed, and may not be complete yet");
  if (list.illegible_lines() > 0)
    return unavailable(file.path + ": a line cannot be read, and anybody may be meant");
  if (list.is_unterminated()) return unavailable(file.path + ": its last line has no end: it may be torn");
  if (!list.has_address_in(pattern) && !list.says_none())
    return unavailable(file.path + ": no address in " + pattern);
  for (const auto& key : keys)
    if (std::binary_search(file.vanished.begin(), file.vanished.end(), address_hash(key)))
      return unavailable(file.path + ": the address was listed, and has vanished from the file");
  return Status::unknown;
}

template <class Source>
StatusAnswer find_in(const std::vector<Source>& sources, std::string_view local, std::string_view domain) {
  const auto source = std::find_if(sources.begin(), sources.end(), [&](const Source& s) {
    return policy::matches_domain(domain, s.pattern);
  });
  if (source == sources.end()) return Status::known;
  return answer(*source->contents(), source->pattern, keys_of(local, domain, source->delimiter));
}

// Files that were read once.
class ReadRecipients : public Recipients {
 public:
  struct Source {
    std::string pattern, delimiter;
    std::shared_ptr<const RecipientContents> read;
    const std::shared_ptr<const RecipientContents>& contents() const { return read; }
  };
  explicit ReadRecipients(std::vector<Source> sources) : sources_(std::move(sources)) {}
  StatusAnswer find(std::string_view local, std::string_view domain) const override {
    return find_in(sources_, local, domain);
  }

 private:
  std::vector<Source> sources_;
};

class WatchedRecipients : public Recipients {
 public:
  struct Source {
    std::string pattern, delimiter;
    std::shared_ptr<RecipientWatch> watch;
    std::shared_ptr<const RecipientContents> contents() const { return watch->contents(); }
  };
  explicit WatchedRecipients(std::vector<Source> sources) : sources_(std::move(sources)) {}

  StatusAnswer find(std::string_view local, std::string_view domain) const override {
    return find_in(sources_, local, domain);
  }
  // Null: none watches this file so.
  std::shared_ptr<RecipientWatch> watch(const RecipientFile::Settings& settings) const {
    for (const auto& source : sources_) {
      const auto& other = source.watch->settings();
      if (other.path == settings.path && other.vanished_for == settings.vanished_for &&
          other.state_folder == settings.state_folder)
        return source.watch;
    }
    return nullptr;
  }

 private:
  std::vector<Source> sources_;
};

std::string path_of(const policy::Policy& policy, const policy::RecipientSource& source) {
  return (std::filesystem::path(policy.file).parent_path() / source.path).string();
}

// By path: what the policy says of each file.
struct FileWishes {
  RecipientFile::Settings settings;
  std::vector<std::string> patterns;
};
std::map<std::string, FileWishes> files_of(const policy::Policy& policy, const RecipientOptions& options) {
  std::map<std::string, FileWishes> files;
  for (const auto& source : policy.recipients) {
    auto& [settings, patterns] = files[path_of(policy, source)];
    settings.path = path_of(policy, source);
    settings.state_folder = options.state_folder;
    settings.writes_state = options.watch;
    settings.vanished_for = source.vanished_for;
    patterns.push_back(source.domain);
  }
  return files;
}

std::shared_ptr<const Recipients> read_once(const policy::Policy& policy, const Say& say,
                                            const RecipientOptions& options) {
  std::map<std::string, std::shared_ptr<const RecipientContents>> read;
  for (const auto& [path, wishes] : files_of(policy, options)) {
    RecipientFile file(wishes.settings, say);
    file.answers_for(wishes.patterns);
    file.look(moment_now());
    read[path] = file.contents();
  }
  std::vector<ReadRecipients::Source> sources;
  for (const auto& source : policy.recipients)
    sources.push_back({source.domain, source.recipient_delimiter, read[path_of(policy, source)]});
  return std::make_shared<ReadRecipients>(std::move(sources));
}

std::shared_ptr<const Recipients> watch_all(const policy::Policy& policy, const Say& say,
                                            const WatchedRecipients* before,
                                            const RecipientOptions& options) {
  std::map<std::string, std::shared_ptr<RecipientWatch>> watches;
  for (auto& [path, wishes] : files_of(policy, options)) {
    auto watch = before ? before->watch(wishes.settings) : nullptr;
    if (watch)
      watch->answers_for(wishes.patterns);
    else
      watch = std::make_shared<RecipientWatch>(wishes.settings, say, wishes.patterns);
    watches[path] = std::move(watch);
  }
  const auto end = std::chrono::steady_clock::now() + options.patience;
  for (const auto& [path, watch] : watches) watch->wait_for_first_look(end);
  std::vector<WatchedRecipients::Source> sources;
  for (const auto& source : policy.recipients)
    sources.push_back({source.domain, source.recipient_delimiter, watches[path_of(policy, source)]});
  return std::make_shared<WatchedRecipients>(std::move(sources));
}

}  // namespace

std::shared_ptr<const Recipients> open_recipients(const policy::Policy& policy, const Say& say,
                                                  const Recipients* previous,
                                                  const RecipientOptions& options) {
  if (policy.recipients.empty()) return nullptr;
  if (!options.watch) return read_once(policy, say, options);
  return watch_all(policy, say, dynamic_cast<const WatchedRecipients*>(previous), options);
}

std::string recipient_file_of(const policy::Policy& policy, std::string_view domain) {
  for (const auto& source : policy.recipients)
    if (policy::matches_domain(domain, source.domain) || policy::same_name(domain, source.domain))
      return path_of(policy, source);
  return "";
}

std::vector<policy::Diagnostic> check_recipients(const policy::Policy& policy) {
  std::vector<policy::Diagnostic> out;
  const auto error = [&](const std::string& path, std::size_t line, const std::string& what,
                         bool defers = true) {
    out.push_back({defers ? policy::Severity::error : policy::Severity::warning,
                   {path, static_cast<int>(line), line > 0 ? 1 : 0},
                   what,
                   ""});
  };
  for (const auto& [path, wishes] : files_of(policy, {})) {
    const auto file = read_recipient_file(path);
    if (!file) {
      error(path, 0, "cannot read the recipients: " + file.error());
      continue;
    }
    if (const auto why = why_not_whole(file->list); !why.empty()) error(path, file->list.claim_line(), why);
    for (const auto& [line, what, anybody] : line_problems(file->list)) error(path, line, what, anybody);
    for (const auto& pattern : wishes.patterns)
      if (file->list.size() > 0 && !file->list.has_address_in(pattern) && !file->list.says_none())
        error(path, 0, "no address in " + pattern + "; if there is none, write the line: none");
  }
  return out;
}

}  // namespace milter
