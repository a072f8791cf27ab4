// A file of recipients that is read again when it changes. Any thread.
//
// A file that is missing, unreadable or without any address is trouble with our own map, never the news that
// nobody exists: the last good contents stay, and if there never were any, the answer is Unavailable.
#pragma once
#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "milter/recipients/address_list.h"
#include "milter/recipients/recipients.h"

namespace milter {

class RecipientFile {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // How often the file is looked at: a stat() a second costs nothing, and nobody waits longer for a new
  // mailbox.
  static constexpr std::chrono::seconds kLookInterval{1};

  RecipientFile(std::string path, Say say) : path_(std::move(path)), say_(std::move(say)) {}

  // The contents as of now, or null: there never were any, and problem() says why. Reads the file if it has
  // changed and the last look is kLookInterval ago. A file that is written in place is taken only when it
  // looks the same twice: half a list would refuse the other half. One that was renamed into place is taken
  // at once.
  std::shared_ptr<const AddressList> contents(Time now);
  std::string problem() const;  // "recipients.txt: No such file or directory"; "" is none
  const std::string& path() const { return path_; }

 private:
  struct Look {  // what tells one state of the file from another
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_nanos = 0;
    bool operator==(const Look&) const = default;
  };
  void look();  // REQUIRES: mutex_ held
  bool worth_reading(const Look& now);
  void read(const Look& now);
  void trouble(const std::string& why);  // said once, until it changes

  const std::string path_;
  const Say say_;
  mutable std::mutex mutex_;
  std::shared_ptr<const AddressList> list_;
  Time looked_{};
  bool ever_looked_ = false;
  Look read_, seen_;
  std::string problem_;
};

}  // namespace milter
