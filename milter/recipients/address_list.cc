#include "milter/recipients/address_list.h"

#include <algorithm>

#include "policy/domain.h"

namespace milter {
namespace {

constexpr std::string_view kSpace = " \t\r";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // some editors begin UTF-8 files with it

// The first word of `text`, which loses it and the space around it.
std::string_view take_word(std::string_view& text) {
  const auto begin = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(begin);
  const auto word = text.substr(0, std::min(text.find_first_of(kSpace), text.size()));
  text.remove_prefix(word.size());
  return word;
}

bool is_key(std::string_view word) {
  const auto at = word.rfind('@');
  return at != std::string_view::npos && at + 1 < word.size() && word.find('\0') == std::string_view::npos;
}

}  // namespace

AddressList::AddressList(std::string text) : text_(std::move(text)) {
  // In place: a file may be large, and entries point into it.
  std::transform(text_.begin(), text_.end(), text_.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  std::size_t line = 0;
  for (std::size_t begin = text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
       begin < text_.size();) {
    const auto end = std::min(text_.find('\n', begin), text_.size());
    const auto bad_before = bad_lines_;
    ++line;
    if (auto entry = read_line(begin, end)) entries_.push_back(*entry);
    if (bad_lines_ > bad_before && first_bad_line_ == 0) first_bad_line_ = line;
    begin = end + 1;
  }
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const Entry& a, const Entry& b) { return a.key < b.key; });
}

// A # begins a comment only at the start of a word: it is a letter that local parts may have.
std::optional<AddressList::Entry> AddressList::read_line(std::size_t begin, std::size_t end) {
  auto rest = std::string_view(text_).substr(begin, end - begin);
  const bool too_long = rest.size() > kLongestRecipientLine;
  const auto key = take_word(rest);
  if (!too_long && (key.empty() || key.starts_with('#'))) return std::nullopt;
  const auto word = take_word(rest);
  const bool bare = word.empty() || word.starts_with('#');
  const auto status = bare ? Status::known : parse_status(word);
  const auto more = bare ? std::string_view{} : take_word(rest);
  const bool legible = !too_long && is_key(key);
  const bool good = legible && status && (more.empty() || more.starts_with('#'));
  bad_lines_ += good ? 0 : 1;
  illegible_lines_ += legible ? 0 : 1;
  if (!legible) return std::nullopt;
  return Entry{key.ends_with('.') ? key.substr(0, key.size() - 1) : key, good ? *status : Status::known};
}

std::optional<Status> AddressList::find(std::string_view key) const {
  const auto it = std::lower_bound(entries_.begin(), entries_.end(), key,
                                   [](const Entry& entry, std::string_view k) { return entry.key < k; });
  if (it == entries_.end() || it->key != key) return std::nullopt;
  return it->status;
}

}  // namespace milter
