// The process itself: its descriptors, its limits, who it is.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

namespace milter {

// Opens /dev/null in place of each of descriptors 0 to 2 that is closed. Else the next file that is opened becomes
// one of them: with `2>&-` the listening socket was our stderr. First of all.
void open_standard_descriptors() noexcept;

// Raises the limit of open files to the highest that is allowed, and says what it is. Each session takes one, each
// question to a name server another.
void raise_descriptor_limit();

// Says when there are no more descriptors, and when there are again, not each time. One thread.
class DescriptorWatch {
 public:
  void look();

 private:
  bool exhausted_ = false;
};

// Becomes `user` for good. "" or what went wrong. Only root can change who it is; anyone else stays, as with "".
std::string become(const std::string& user);

// Is `user` from construction to destruction, in what files say: what cannot be read by then cannot be read later
// either. Root only; for anyone else, and with "", nothing changes. No other thread may open files meanwhile.
class ActingAs {
 public:
  explicit ActingAs(const std::string& user);
  ~ActingAs();
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;

  const std::string& trouble() const { return trouble_; }  // "" is none

 private:
  bool acting_ = false;
  gid_t group_ = 0;
  std::vector<gid_t> groups_;
  std::string trouble_;
};

// Why this file cannot be appended to, or be made, by who we are now; "": it can.
std::string why_not_appendable(const std::string& path);

}  // namespace milter
