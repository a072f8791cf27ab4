#include "policy/nearest.h"

#include <algorithm>
#include <vector>

#include "policy/text.h"

namespace policy {
namespace {

// A word longer than this is no slip of the finger; and the table below stays small.
constexpr std::size_t kLongestWord = 64;

// Edits (insert, delete, change, swap of neighbours) that make `a` of `b`: the slips that fingers make.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      auto& least = table[i][j];
      least = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        least = std::min(least, table[i - 2][j - 2] + 1);
    }
  return table[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view written, std::span<const std::string> known) {
  if (written.empty() || written.size() > kLongestWord) return "";
  const auto word = lower(written);
  std::string best;
  std::size_t fewest = kLongestWord;
  for (const auto& candidate : known) {
    if (candidate.size() > kLongestWord) continue;
    const auto needed = edits(word, lower(candidate));
    const bool near = needed * 3 <= std::max(word.size(), candidate.size());
    if (near && needed < fewest) {
      best = candidate;
      fewest = needed;
    }
  }
  return best;
}

}  // namespace policy
