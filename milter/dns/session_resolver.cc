#include "milter/dns/session_resolver.h"

#include "milter/dns/wire.h"
#include "policy/domain.h"

namespace milter {

Lookup SessionResolver::query(std::string_view name, RecordType type) {
  if (left_.load() > 0 && left_.fetch_sub(1) > 0) return inner_.query(name, type);
  const Question question{policy::normal_name(name), type};
  return answered(
      tl::unexpected(trouble_with(question, Trouble::Kind::overload, "this session asked too much")));
}

}  // namespace milter
