// The names of an address, confirmed by their own addresses ("forward-confirmed reverse DNS"). Pure, over Answers.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "milter/dns/answers.h"

namespace milter {

// RFC 7208 4.6.4 and 5.5: at most ten names are looked up; whoever publishes more pays with the rest.
inline constexpr std::size_t kMostPtrNames = 10;

struct ReverseNames {
  std::optional<policy::Unavailable> trouble;  // no PTR answer: nothing is known
  std::vector<std::string> names;              // in the answer's order, kMostPtrNames at most
  bool more = false;                           // it has more than are looked up: of those nothing is known
  std::string name;                            // the first that is confirmed, else the first; "" without any
  bool confirmed = false;                      // `name` leads back to the address
  // Names before `name`, or all if none is confirmed, of which there was no answer, and why there was none
  // of the first.
  std::vector<std::string> open;
  std::optional<policy::Unavailable> why_open;
};

// Says nothing while a question is open.
ReverseNames reverse_names(const policy::Address& address, Answers& answers);

}  // namespace milter
