#include "milter/mail/header_field.h"

#include "policy/domain.h"

namespace milter {

bool is_named(const HeaderField& field, std::string_view name) {
  std::string_view own = field.name;
  while (own.ends_with(' ') || own.ends_with('\t')) own.remove_suffix(1);
  return policy::same_name(own, name);
}

}  // namespace milter
