// The header as signatures cover it: which fields, and their hash (RFC 6376 3.7, 5.4.2). Pure; any thread.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "milter/auth/dkim/signature.h"
#include "milter/mail/header_field.h"

namespace milter {

// The fields of one message by their names. `fields` must outlive it.
class SignedHeader {
 public:
  explicit SignedHeader(std::span<const HeaderField> fields);

  // The fields that h= stands for, in its order: of several with one name each mention takes the lowest that is
  // not taken yet; a mention without a field takes none. Never `own`, the signature's own field.
  std::vector<std::size_t> covered(const DkimSignature& signature, std::size_t own) const;

  // The digest that is signed, by the hash of the signature's algorithm: the covered fields, then the signature's
  // own with an empty b=.
  std::string digest(const DkimSignature& signature, std::size_t own) const;

 private:
  struct Named {
    std::string name;
    std::size_t field = 0;
  };
  struct Group {
    std::size_t begin = 0;  // of named_
    std::size_t end = 0;
  };
  // Of `name` in groups_; groups_.size() when no field has it.
  std::size_t group_of(const std::string& name) const;

  std::span<const HeaderField> fields_;
  std::vector<Named> named_;   // by name, then from the bottom
  std::vector<Group> groups_;  // runs of one name
};

}  // namespace milter
