// How much of what all networks share each of them has, and had of late: slots for questions, and places in the queue
// for them. A network pays for slot-seconds, not for questions: what is silent costs who asks it.
//
// It may have more as long as its share is below a portion of what is free. So one that is alone may have much, many
// together leave something to those that come after them, and nobody needs to be told how many there are. An address
// is in several blocks at once, and the fullest decides: who has a /32 has the allowance of a /32, however many /64s
// he writes from.
//
// A value of one thread; time is an argument.
#pragma once
#include <unordered_map>

#include "milter/dns/asker.h"
#include "milter/dns/resolver.h"

namespace milter {

// What a block may have of what is free. A /24 has one customer or some, a /64 is one host; whoever has wider blocks
// has more customers to speak for.
inline constexpr double kPortionOfV4Network = 1.0 / 8;   // /24
inline constexpr double kPortionOfV4Provider = 1.0 / 4;  // /16
inline constexpr double kPortionOfV6Host = 1.0 / 16;     // /64
inline constexpr double kPortionOfV6Site = 1.0 / 8;      // /56 and /48
inline constexpr double kPortionOfV6Provider = 1.0 / 4;  // /32
// Of that, for what nobody waits for yet: a client's questions of tomorrow shall not stand before those of today.
inline constexpr double kPortionAhead = 1.0 / 2;

// Slots, now and of late: who has less has next to nothing, and the reserve is for him.
inline constexpr double kNextToNothing = 1;

// For so long a slot that was held is remembered, less and less: somebody who stops is as good as new in
// half a minute.
inline constexpr std::chrono::seconds kSharesMemory{10};

class NetworkShares {
 public:
  using Time = Deadline;

  // `memory`: what was held before fades with this time constant; 0: it does not count.
  explicit NetworkShares(std::chrono::seconds memory) : memory_(memory) {}

  // Whether `asker`'s network may have one more where `free` are, of which `reserved` are for those that have next to
  // nothing. Without a client: as long as any is free.
  bool has_room(const Asker& asker, std::size_t free, Time now, std::size_t reserved = 0) const;
  void begin(const Asker& asker);
  // One that began at `begun` is over.
  void end(const Asker& asker, Time begun, Time now);

  // Forgets the networks that have nothing, and had nothing worth counting; now and then.
  void sweep(Time now);
  std::size_t accounts() const { return accounts_.size(); }

 private:
  struct Account {
    int open = 0;
    double held = 0;  // slot-seconds, as of `at`
    Time at{};
  };
  double held(const Account& account, Time now) const;
  double share(const Block& block, Time now) const;

  const std::chrono::duration<double> memory_;
  std::unordered_map<Block, Account> accounts_;
};

}  // namespace milter
