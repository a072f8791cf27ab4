// A file of recipients as it changes: what of it counts, what has vanished from it, what is wrong with it.
//
// Trouble with our own map is never the news that somebody does not exist. A file that is missing,
// unreadable, without any address or at odds with its own count is not taken: its last good
// contents stay, and who is not among them is not unknown. Who was among them and is not in new
// contents has vanished (vanished.h).
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "milter/recipients/address_list.h"
#include "milter/recipients/read_file.h"
#include "milter/recipients/state_file.h"
#include "milter/recipients/vanished.h"

namespace milter {

// What a file says now. Immutable; any thread.
struct RecipientContents {
  std::string path;
  std::shared_ptr<const AddressList> list;  // null: there never was any
  std::vector<std::uint64_t> vanished;      // hashes, sorted
  std::string trouble;                      // "recipients.txt: No such file or directory"; "": none
  bool change_waits = false;                // it has changed, and has not settled
};

class RecipientFile {
 public:
  // Two looks so far apart must agree before a change is taken: half a list would refuse the other half.
  static constexpr std::chrono::seconds kSettles{1};
  // So often it is read although nothing seems to have changed: times of files can be set, and clocks be coarse.
  static constexpr std::chrono::seconds kReadAnyway{60};

  struct Settings {
    std::string path;
    std::chrono::seconds vanished_for{std::chrono::hours(24)};
    std::string state_folder;  // "": what vanished is forgotten with the program
    bool writes_state = true;
  };
  using Say = std::function<void(const std::string&)>;

  RecipientFile(Settings settings, Say say);

  // Looks at the file, and reads it if it must. The first look takes what it finds. One thread.
  void look(const Moment& now);

  // The domains that this file answers for, as patterns: it should have an address in each. One thread; takes effect
  // with the next contents.
  void answers_for(std::vector<std::string> patterns) { patterns_ = std::move(patterns); }

  // Never null. Any thread, and never waits.
  std::shared_ptr<const RecipientContents> contents() const { return contents_.load(); }
  const std::string& path() const { return settings_.path; }

 private:
  void look_once(const Moment& now, bool first);
  bool has_settled(const FileLook& look, const Moment& now);
  void read(const Moment& now);
  void take(AddressList list, const Moment& now);
  void remember(const Moment& now);  // the state of the program before
  void say_of(const Vanished::Change& change) const;
  void say_problems() const;
  void obey_note();
  void save();
  void trouble(const std::string& why);  // said once, until it changes
  void publish();

  const Settings settings_;
  const Say say_;
  std::atomic<std::shared_ptr<const RecipientContents>> contents_;

  // Of the thread that looks.
  std::vector<std::string> patterns_;
  StateFile state_;
  bool looked_ = false;
  std::vector<std::uint64_t>
      remembered_;  // the last good addresses before this program; until the first contents
  Vanished vanished_;
  std::shared_ptr<const AddressList> list_;
  FileLook judged_, candidate_;  // the state that was read last; one that has yet to settle
  std::chrono::steady_clock::time_point read_at_{}, candidate_since_{};
  bool change_waits_ = false;
  std::string trouble_, state_trouble_;
};

}  // namespace milter
