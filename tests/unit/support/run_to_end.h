// Runs what asks by looking, until it names nothing that is open. Blocks.
#pragma once
#include "milter/dns/answers.h"

namespace milter {

template <class Run>
auto run_to_end(Resolver& dns, Deadline end, Run run) {
  Questions questions(dns);
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    Answers answers(questions, {std::min(begin, end), end}, std::chrono::steady_clock::now());
    auto result = run(answers);
    if (answers.all_here()) return result;
    Waiting waiting;
    waiting.add({answers.named(), answers.asks_by_half() ? Window{begin, end}.half() : end});
    waiting.block();
  }
}

}  // namespace milter
