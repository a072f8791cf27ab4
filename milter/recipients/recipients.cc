#include "milter/recipients/recipients.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include "milter/recipients/recipient_file.h"
#include "policy/domain.h"

namespace milter {
namespace {

constexpr std::array<std::string_view, 5> kWords{"known", "unknown", "full", "disabled", "maintenance"};

// nullopt: it is not listed.
std::optional<Status> status_in(const AddressList& list, std::string_view local, std::string_view domain) {
  const auto mailbox = policy::lower(local);
  const auto at = "@" + std::string(domain);
  if (const auto status = list.find(mailbox + at)) return *status;
  if (const auto plus = mailbox.find('+'); plus != std::string::npos && plus > 0)
    if (const auto status = list.find(mailbox.substr(0, plus) + at)) return *status;
  return list.find(at);
}

class FileRecipients : public Recipients {
 public:
  struct Source {
    std::string pattern;
    std::shared_ptr<RecipientFile> file;
  };

  explicit FileRecipients(std::vector<Source> sources) : sources_(std::move(sources)) {}

  StatusAnswer find(std::string_view local, std::string_view domain) const override {
    const auto source = std::find_if(sources_.begin(), sources_.end(), [&](const Source& s) {
      return policy::matches_domain(domain, s.pattern);
    });
    if (source == sources_.end()) return Status::known;
    const auto list = source->file->contents(std::chrono::steady_clock::now());
    if (!list) return tl::unexpected(policy::Unavailable{source->file->problem()});
    if (const auto status = status_in(*list, local, domain)) return *status;
    if (list->illegible_lines() == 0) return Status::unknown;
    return tl::unexpected(
        policy::Unavailable{source->file->path() + ": a line cannot be read, and anybody may be meant"});
  }

  // Null: no source reads this file.
  std::shared_ptr<RecipientFile> file(const std::string& path) const {
    for (const auto& source : sources_)
      if (source.file->path() == path) return source.file;
    return nullptr;
  }

 private:
  std::vector<Source> sources_;
};

}  // namespace

std::string_view to_text(Status status) { return kWords[static_cast<std::size_t>(status)]; }

std::optional<Status> parse_status(std::string_view word) {
  for (std::size_t i = 0; i < kWords.size(); ++i)
    if (policy::same_name(word, kWords[i])) return static_cast<Status>(i);
  return std::nullopt;
}

std::shared_ptr<const Recipients> open_recipients(const policy::Policy& policy, const Say& say,
                                                  const Recipients* previous) {
  if (policy.recipients.empty()) return nullptr;
  const auto folder = std::filesystem::path(policy.file).parent_path();
  const auto* before = dynamic_cast<const FileRecipients*>(previous);
  std::vector<FileRecipients::Source> sources;
  for (const auto& source : policy.recipients) {
    const auto path = (folder / source.path).string();
    auto file = before ? before->file(path) : nullptr;
    if (!file) file = FileRecipients(sources).file(path);  // one file may serve several domains
    if (!file) file = std::make_shared<RecipientFile>(path, say);
    file->contents(std::chrono::steady_clock::now());  // trouble is said at the start, not at the first mail
    sources.push_back({source.domain, std::move(file)});
  }
  return std::make_shared<FileRecipients>(std::move(sources));
}

}  // namespace milter
