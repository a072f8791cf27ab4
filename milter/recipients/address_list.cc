#include "milter/recipients/address_list.h"

#include <algorithm>
#include <charconv>

#include "policy/domain.h"
#include "policy/domain_form.h"

namespace milter {
namespace {

constexpr std::string_view kSpace = " \t\r";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // some editors begin UTF-8 files with it
constexpr std::string_view kClaim = "# fivefifty:";
constexpr std::uint64_t kFnvBasis = 0xCBF29CE484222325, kFnvPrime = 0x100000001B3;  // FNV-1a, 64 bits
constexpr std::size_t kExpectedLine = 16;  // octets, to reserve for many short lines

std::uint64_t fnv(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  return hash;
}

// The first word of `text`, which loses it and the space around it.
std::string_view take_word(std::string_view& text) {
  const auto begin = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(begin);
  const auto word = text.substr(0, std::min(text.find_first_of(kSpace), text.size()));
  text.remove_prefix(word.size());
  return word;
}

bool ends_here(std::string_view word) { return word.empty() || word.starts_with('#'); }

// Of a dot-atom: atext (RFC 5322 3.2.3) and UTF-8. No *: that is somebody's pattern.
bool is_atom_letter(char c) {
  return policy::is_letter(c) || policy::is_digit(c) || c < 0 ||
         std::string_view("!#$%&'+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_atom(std::string_view local) {
  if (local.empty() || local.front() == '.' || local.back() == '.') return false;
  for (std::size_t i = 0; i < local.size(); ++i)
    if (local[i] == '.' ? local[i - 1] == '.' : !is_atom_letter(local[i])) return false;
  return true;
}

// "john \"x\" smith" at the start of `text`, which loses it, into `local` without quotes. False: it is not closed.
bool take_quoted(std::string_view& text, std::string& local) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
    if (text[i] == '\\') ++i;
    if (i >= text.size() || static_cast<unsigned char>(text[i]) < ' ' || text[i] == 0x7F) return false;
    local += policy::lower(text[i]);
  }
  return false;
}

// The local part and the @ off the front of `text`, in stored form. False: it is neither empty, a
// dot-atom nor quoted.
bool take_local(std::string_view& text, std::string& local) {
  if (text.starts_with('"')) {
    if (!take_quoted(text, local) || !text.starts_with('@')) return false;
    text.remove_prefix(1);
    return true;
  }
  const auto word = text.substr(0, std::min(text.find_first_of(kSpace), text.size()));
  const auto at = word.find('@');
  if (at == std::string_view::npos || (at > 0 && !is_dot_atom(word.substr(0, at)))) return false;
  for (const char c : word.substr(0, at)) local += policy::lower(c);
  text.remove_prefix(at + 1);
  return true;
}

}  // namespace

// FNV-1a spreads its low bits well, and its high ones not at all for short texts: they are mixed in.
std::uint64_t address_hash(std::string_view key) {
  const auto hash = fnv(kFnvBasis, key);
  return hash ^ (hash >> 32U);
}

AddressList::AddressList(std::string_view text) {
  AddressListReader reader(text.size());
  reader.take(text);
  *this = std::move(reader).finish();
}

std::size_t AddressList::place_of(std::uint64_t hash, std::string_view key) const {
  const auto mask = index_.size() - 1;
  auto place = hash & mask;
  for (; index_[place] != 0; place = (place + 1) & mask) {
    const auto& entry = entries_[index_[place] - 1];
    if (entry.hash == hash && key_of(entry) == key) break;
  }
  return place;
}

std::optional<Status> AddressList::find(std::string_view key) const {
  if (index_.empty()) return std::nullopt;
  const auto found = index_[place_of(address_hash(key), key)];
  if (found == 0) return std::nullopt;
  return entries_[found - 1].status;
}

bool AddressList::has_hash(std::uint64_t hash) const {
  if (index_.empty()) return false;
  const auto mask = index_.size() - 1;
  for (auto place = hash & mask; index_[place] != 0; place = (place + 1) & mask)
    if (entries_[index_[place] - 1].hash == hash) return true;
  return false;
}

bool AddressList::has_address_in(std::string_view pattern) const {
  if (pattern.starts_with("*.")) return parents_.contains(policy::normal_name(pattern.substr(2)));
  return domains_.contains(policy::normal_name(pattern));
}

// At most half full.
void AddressList::grow() {
  index_.assign(std::max<std::size_t>(64, index_.size() * 2), 0);
  const auto mask = index_.size() - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    auto place = entries_[i].hash & mask;
    while (index_[place] != 0) place = (place + 1) & mask;
    index_[place] = static_cast<std::uint32_t>(i + 1);
  }
}

void AddressList::add(std::string_view key, Status status) {
  if ((entries_.size() + 1) * 2 > index_.size()) grow();
  const auto hash = address_hash(key);
  auto& place = index_[place_of(hash, key)];
  if (place != 0) return;
  entries_.push_back(
      {hash, static_cast<std::uint32_t>(pool_.size()), static_cast<std::uint16_t>(key.size()), status});
  pool_ += key;
  place = static_cast<std::uint32_t>(entries_.size());
}

AddressListReader::AddressListReader(std::size_t octets_expected) {
  list_.pool_.reserve(octets_expected);
  list_.entries_.reserve(octets_expected / kExpectedLine);
  list_.digest_ = kFnvBasis;
}

void AddressListReader::take(std::string_view piece) {
  list_.digest_ = fnv(list_.digest_, piece);
  for (;;) {
    const auto end = piece.find('\n');
    const auto part = piece.substr(0, end);
    if (end != std::string_view::npos && open_line_.empty()) {
      read_line(part);
    } else {
      open_line_ +=
          part.substr(0, kLongestRecipientLine + 1 - std::min(open_line_.size(), kLongestRecipientLine + 1));
      if (end == std::string_view::npos) return;
      read_line(open_line_);
      open_line_.clear();
    }
    piece.remove_prefix(end + 1);
  }
}

AddressList AddressListReader::finish() && {
  list_.unterminated_ = !open_line_.empty();
  if (!open_line_.empty()) read_line(open_line_);
  list_.pool_.shrink_to_fit();
  list_.entries_.shrink_to_fit();
  return std::move(list_);
}

void AddressListReader::note(bool good, bool legible) {
  const auto count = [this](std::size_t& lines, std::size_t& first) {
    if (++lines == 1) first = line_;
  };
  if (legible && !good) count(list_.odd_lines_, list_.first_odd_line_);
  if (!legible) count(list_.illegible_lines_, list_.first_illegible_line_);
}

// "# fivefifty: 1234 addresses". A second one, or an address below it, takes its word from it:
// something was appended.
bool AddressListReader::read_claim(std::string_view line) {
  if (!line.starts_with(kClaim)) return false;
  const bool again = list_.claim_line_ > 0;
  list_.claim_line_ = line_;
  line.remove_prefix(kClaim.size());
  const auto number = take_word(line);
  const auto unit = take_word(line);
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
  const bool good = error == std::errc{} && end == number.data() + number.size() && take_word(line).empty() &&
                    (unit == "addresses" || unit == "address");
  list_.claimed_ = good && !again ? std::optional(count) : std::nullopt;
  return true;
}

const std::string* AddressListReader::stored_domain(std::string_view domain) {
  if (domain == raw_domain_ && !raw_domain_.empty()) return &domain_;
  auto stored = policy::to_a_labels(domain);
  if (stored.empty()) return nullptr;
  raw_domain_ = domain;
  domain_ = std::move(stored);
  if (list_.domains_.insert(domain_).second)
    for (auto dot = domain_.find('.'); dot != std::string::npos; dot = domain_.find('.', dot + 1))
      list_.parents_.insert(domain_.substr(dot + 1));
  return &domain_;
}

// A # begins a comment only at the start of a word: it is a letter that local parts may have.
void AddressListReader::read_line(std::string_view line) {
  if (++line_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  if (line.size() > kLongestRecipientLine) return note(false, false);
  if (read_claim(line)) return;
  line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
  if (ends_here(line)) return;
  if (list_.claim_line_ > 0) list_.claimed_.reset();
  auto rest = line;
  if (policy::same_name(take_word(rest), "none") && ends_here(take_word(rest))) {
    list_.none_ = true;
    return;
  }
  key_.clear();
  const bool local_good = take_local(line, key_);
  const auto* domain = local_good ? stored_domain(take_word(line)) : nullptr;
  if (!domain) return note(false, false);
  key_ += '@';
  key_ += *domain;
  const auto word = take_word(line);
  const auto status = ends_here(word) ? Status::known : parse_status(word);
  const bool good = status && (ends_here(word) || ends_here(take_word(line)));
  note(good, true);
  ++list_.lines_;
  list_.add(key_, good ? *status : Status::known);
}

}  // namespace milter
