#include "milter/session/reference.h"

#include <random>

namespace milter {
namespace {

std::uint64_t chance() {
  // One generator a thread, seeded by the system: unguessable enough for a reference, which grants nothing.
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return generator();
}

std::uint64_t seconds(std::int64_t unix_millis) { return static_cast<std::uint64_t>(unix_millis / 1000); }

}  // namespace

std::string crockford(std::uint64_t number, int count) {
  constexpr char kDigits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string out(static_cast<std::size_t>(count), '0');
  for (auto digit = out.rbegin(); digit != out.rend(); ++digit, number >>= 5U) *digit = kDigits[number & 31U];
  return out;
}

std::string make_reference(std::int64_t unix_millis) {
  return crockford(seconds(unix_millis), 7) + crockford(chance(), 5);
}

std::string make_session_id(std::int64_t unix_millis) {
  return crockford(seconds(unix_millis), 7) + crockford(chance(), 13);
}

}  // namespace milter
