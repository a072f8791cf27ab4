#include "milter/dns/suffix.h"

#include <libpsl.h>

#include <memory>

namespace milter {
namespace {

struct Free {
  void operator()(psl_ctx_t* list) const { psl_free(list); }
};

const psl_ctx_t* list() {
  static const std::unique_ptr<psl_ctx_t, Free> newest(psl_latest(nullptr));
  return newest.get();
}

}  // namespace

bool is_public_suffix(std::string_view domain) {
  if (domain.find('.') == std::string_view::npos) return true;
  return list() != nullptr && psl_is_public_suffix(list(), std::string(domain).c_str()) != 0;
}

std::string registrable_domain(std::string_view domain) {
  if (is_public_suffix(domain)) return {};
  std::string name(domain);
  if (list() == nullptr) return name;
  const char* found = psl_registrable_domain(list(), name.c_str());  // a part of `name`
  return found != nullptr ? std::string(found) : name;
}

}  // namespace milter
