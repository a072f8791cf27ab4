// What is remembered of a file of recipients while the program does not run: the hashes of its last good
// addresses, and what vanished when. One file for each, in the state folder; and a note beside it by which an
// administrator accepts that addresses are gone.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "milter/recipients/address_list.h"
#include "milter/recipients/vanished.h"

namespace milter {

struct RememberedRecipients {
  std::vector<std::uint64_t> listed;
  struct Missing {
    std::uint64_t hash;
    std::int64_t since;  // as Vanished::Entry has it
  };
  std::vector<Missing> vanished;
};

// One thread.
class StateFile {
 public:
  // `folder` "": nothing is kept. `of`: the path of the file of recipients.
  StateFile(const std::string& folder, const std::string& of);

  bool is_kept() const { return !path_.empty(); }
  const std::string& path() const { return path_; }

  // nullopt: there is none, or it is not whole; `problem` then says what is wrong, "" if it is just not there.
  std::optional<RememberedRecipients> read(std::string& problem) const;

  // Whole or not at all, readable by its owner only. "" or what went wrong.
  std::string write(const AddressList& listed, const Vanished& vanished) const;

  // The note: "the contents with this digest are meant". "" or what went wrong.
  std::string accept(std::uint64_t digest) const;
  std::optional<std::uint64_t> accepted() const;
  void forget_accepted() const;

 private:
  std::string path_, note_;
};

}  // namespace milter
