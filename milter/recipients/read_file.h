// Reads a file of recipients, and says what is wrong with it. May wait for a disk, never for a pipe.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "milter/recipients/address_list.h"

namespace milter {

// Entries and keys are numbered with 32 bits; a tenth of this is more mailboxes than any host has.
inline constexpr std::int64_t kLargestRecipientFile = std::int64_t{1} << 30U;

// What tells one state of a file from another, its contents apart.
struct FileLook {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t changed_nanos = 0;  // mtime
  bool operator==(const FileLook&) const = default;
};

// Or why it cannot be looked at: it is not there, or no regular file.
tl::expected<FileLook, std::string> look_at(const std::string& path);

struct ReadFile {
  AddressList list;
  FileLook look;
  bool changed_meanwhile = false;
};
tl::expected<ReadFile, std::string> read_recipient_file(const std::string& path);

// Why these contents cannot be the whole truth, as half a sentence: no address and no word of it, or another
// number of them than the last line says. "": they can.
std::string why_not_whole(const AddressList& list);

// One thing that is wrong with a file that can be used all the same.
struct LineProblem {
  std::size_t line;  // from 1
  std::string what;
  bool anybody = false;  // it may be about anybody: who is not listed is not unknown because of it
};
std::vector<LineProblem> line_problems(const AddressList& list);

}  // namespace milter
