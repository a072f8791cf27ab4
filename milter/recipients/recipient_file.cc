#include "milter/recipients/recipient_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace milter {
namespace {

std::string why(int error) { return std::generic_category().message(error); }

}  // namespace

std::shared_ptr<const AddressList> RecipientFile::contents(Time now) {
  const std::scoped_lock lock(mutex_);
  if (!ever_looked_ || now - looked_ >= kLookInterval) {
    looked_ = now;
    ever_looked_ = true;
    look();
  }
  return list_;
}

std::string RecipientFile::problem() const {
  const std::scoped_lock lock(mutex_);
  return problem_;
}

void RecipientFile::look() {
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) return trouble(why(errno));
  if (!S_ISREG(status.st_mode)) return trouble("not a regular file");
  const Look now{status.st_ino, status.st_size,
                 std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
  if (worth_reading(now)) read(now);
  seen_ = now;
}

bool RecipientFile::worth_reading(const Look& now) {
  if (!list_) return true;
  if (now == read_) return !problem_.empty();
  return now.inode != read_.inode || now == seen_;
}

void RecipientFile::read(const Look& now) {
  std::ifstream in(path_, std::ios::binary);
  if (!in) return trouble(why(errno));
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) return trouble("cannot be read to its end");
  auto list = std::make_shared<const AddressList>(std::move(text).str());
  if (list->size() == 0) return trouble("holds no address");
  problem_.clear();
  read_ = now;
  list_ = std::move(list);
  if (list_->bad_lines() > 0)
    say_(fmt::format(
        "{}:{}: neither an address nor @domain, with known, full, disabled or maintenance after it; "
        "{} such lines{}",
        path_, list_->first_bad_line(), list_->bad_lines(),
        list_->illegible_lines() > 0 ? "; until they are corrected, mailboxes that are not listed are "
                                       "deferred, not refused"
                                     : ", whose mailboxes count as known"));
}

void RecipientFile::trouble(const std::string& reason) {
  auto problem = path_ + ": " + reason;
  if (problem == problem_) return;
  problem_ = std::move(problem);
  say_(problem_ + (list_ ? "; its last good contents stay in use" : "; mail for its domains is deferred"));
}

}  // namespace milter
