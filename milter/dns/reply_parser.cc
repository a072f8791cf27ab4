#include "milter/dns/reply_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "milter/dns/wire_reader.h"

namespace milter {

namespace {

constexpr std::size_t kHeaderSize = 12;
constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kTypeNs = 2, kTypeCname = 5, kTypeSoa = 6, kTypeOpt = 41;
constexpr std::uint16_t kIsReply = 0x8000, kOpcode = 0x7800, kAuthoritative = 0x0400, kTruncated = 0x0200,
                        kRecursionAvailable = 0x0080, kAuthentic = 0x0020, kCode = 0x000f;
constexpr unsigned kNoError = 0, kFormErr = 1, kServFail = 2, kNxDomain = 3, kNotImp = 4, kRefused = 5;

struct ResourceRecord {
  std::string owner;
  std::uint16_t type = 0, of_class = 0;
  std::uint32_t ttl = 0;
  std::size_t at = 0;  // of the data, in the message
  std::uint16_t length = 0;
};

struct Message {
  std::uint16_t flags = 0;
  unsigned code = 0;  // with the upper bits from OPT
  std::vector<ResourceRecord> answers, authority;
};

// A reply that is not in form: the sentence for the log.
struct Malformed {
  std::string_view why;
};
template <class T>
using Read = tl::expected<T, Malformed>;
using Error = tl::unexpected<Malformed>;

Read<ResourceRecord> read_record(WireReader& reader) {
  ResourceRecord record;
  record.owner = reader.name();
  record.type = reader.number16();
  record.of_class = reader.number16();
  record.ttl = reader.number32();
  if (record.ttl > 0x7fffffff) record.ttl = 0;  // RFC 2181 section 8
  record.length = reader.number16();
  record.at = reader.at();
  reader.take(record.length);
  if (reader.failed()) return Error({"a record is cut short or its name is broken"});
  return record;
}

Read<std::vector<ResourceRecord>> read_section(WireReader& reader, std::uint16_t count) {
  std::vector<ResourceRecord> records;
  records.reserve(count);
  for (; count > 0; --count) {
    auto record = read_record(reader);
    if (!record) return Error(record.error());
    records.push_back(*std::move(record));
  }
  return records;
}

// The upper bits of the response code: RFC 6891 6.1.3.
unsigned extended_code(const std::vector<ResourceRecord>& additional) {
  for (const auto& record : additional)
    if (record.type == kTypeOpt) return (record.ttl >> 24) << 4;
  return 0;
}

Read<Message> read_message(Octets reply, const Question& question) {
  WireReader reader(reply, 2);
  Message message;
  message.flags = reader.number16();
  const auto questions = reader.number16(), answers = reader.number16(), authority = reader.number16(),
             additional = reader.number16();
  if (reader.failed()) return Error({"shorter than a header"});
  if ((message.flags & kIsReply) == 0 || (message.flags & kOpcode) != 0) return Error({"not a reply"});
  if (questions != 1) return Error({"not one question"});
  if (std::size_t{answers} + authority + additional > kMostReplyRecords) return Error({"too many records"});
  const auto name = reader.name();
  const auto type = reader.number16(), of_class = reader.number16();
  if (reader.failed() || name != question.name || type != static_cast<std::uint16_t>(question.type) ||
      of_class != kClassIn)
    return Error({"it answers another question"});
  auto first = read_section(reader, answers);
  if (!first) return Error(first.error());
  auto second = read_section(reader, authority);
  if (!second) return Error(second.error());
  auto third = read_section(reader, additional);
  if (!third) return Error(third.error());
  message.code = (message.flags & kCode) | extended_code(*third);
  message.answers = *std::move(first);
  message.authority = *std::move(second);
  return message;
}

std::optional<std::string> read_strings(WireReader& reader, std::uint16_t length) {
  if (length == 0) return std::nullopt;  // RFC 1035 3.3.14: one or more
  std::string text;
  const auto end = reader.at() + length;
  while (reader.at() < end && !reader.failed()) text += reader.text(reader.octet());
  if (reader.failed() || reader.at() != end) return std::nullopt;
  return text;
}

template <class Bytes>
std::optional<policy::Address> read_address(Octets data) {
  Bytes bytes{};
  if (data.size() != bytes.size()) return std::nullopt;
  std::copy(data.begin(), data.end(), bytes.begin());
  return policy::Address(bytes);
}

template <class T>
bool keep(std::vector<T>& list, std::optional<T> value) {
  if (!value) return false;
  list.push_back(*std::move(value));
  return true;
}

// Adds the data of one record of the asked type. False: not in form.
bool read_data(Octets reply, const ResourceRecord& record, Records& records) {
  WireReader reader(reply, record.at);
  const auto filled = [&] { return !reader.failed() && reader.at() == record.at + record.length; };
  switch (static_cast<RecordType>(record.type)) {
    case RecordType::a:
      return keep(records.addresses, read_address<policy::Address::V4>(reader.take(record.length)));
    case RecordType::aaaa:
      return keep(records.addresses, read_address<policy::Address::V6>(reader.take(record.length)));
    case RecordType::ptr:
      records.names.push_back(reader.name());
      return filled();
    case RecordType::txt:
      return keep(records.texts, read_strings(reader, record.length));
    case RecordType::mx: {
      const auto preference = reader.number16();
      records.exchangers.push_back({preference, reader.name()});
      return filled();
    }
  }
  return false;
}

// The records at the end of the chain of aliases that begins at the question.
class Chain {
 public:
  Chain(Octets reply, const Message& message, const Question& question)
      : reply_(reply),
        message_(message),
        name_(question.name),
        type_(static_cast<std::uint16_t>(question.type)) {}

  Read<Records> follow() {
    for (int aliases = 0;; ++aliases) {
      if (!collect()) return Error({"a record's data are not in form"});
      if (records_.kind == Records::Kind::found) return std::move(records_);
      const auto* alias = find(kTypeCname);
      if (alias == nullptr) return end(aliases);
      if (aliases == kMostAliases) return Error({"too many aliases"});
      WireReader reader(reply_, alias->at);
      alias_ = reader.name();
      name_ = alias_;
      if (reader.failed() || reader.at() != alias->at + alias->length) return Error({"an alias is broken"});
      shorten(alias->ttl);
    }
  }

 private:
  bool is_here(const ResourceRecord& record, std::uint16_t type) const {
    return record.type == type && record.of_class == kClassIn && record.owner == name_;
  }

  const ResourceRecord* find(std::uint16_t type) const {
    const auto found = std::find_if(message_.answers.begin(), message_.answers.end(),
                                    [&](const auto& record) { return is_here(record, type); });
    return found == message_.answers.end() ? nullptr : &*found;
  }

  bool collect() {
    for (const auto& record : message_.answers) {
      if (!is_here(record, type_)) continue;
      if (!read_data(reply_, record, records_)) return false;
      records_.kind = Records::Kind::found;
      shorten(record.ttl);
    }
    return true;
  }

  // Nothing of the asked type at the chain's end.
  Read<Records> end(int aliases) {
    const auto has = [&](std::uint16_t type) {
      return std::any_of(message_.authority.begin(), message_.authority.end(),
                         [&](const auto& record) { return record.type == type; });
    };
    const bool recurses = (message_.flags & kRecursionAvailable) != 0;
    const bool settled = message_.code == kNxDomain || has(kTypeSoa);
    if (!settled && aliases > 0 && !recurses) return Error({"the server does not follow aliases"});
    if (!settled && has(kTypeNs) && (message_.flags & kAuthoritative) == 0)
      return Error({"a referral: the server does not recurse"});
    records_.kind = message_.code == kNxDomain ? Records::Kind::no_name : Records::Kind::no_data;
    if (!read_negative_ttl()) return Error({"the SOA record is broken"});
    return std::move(records_);
  }

  // RFC 2308 section 5: the smaller of the SOA's own TTL and its MINIMUM.
  bool read_negative_ttl() {
    for (const auto& record : message_.authority) {
      if (record.type != kTypeSoa) continue;
      WireReader reader(reply_, record.at);
      reader.name();
      reader.name();
      reader.take(16);  // serial, refresh, retry, expire
      const auto minimum = reader.number32();
      if (reader.failed() || reader.at() != record.at + record.length) return false;
      shorten(std::min(record.ttl, minimum));
      return true;
    }
    shorten(0);
    return true;
  }

  void shorten(std::uint32_t ttl) {
    const std::chrono::seconds limit(ttl);
    records_.ttl = has_ttl_ ? std::min(records_.ttl, limit) : limit;
    has_ttl_ = true;
  }

  Octets reply_;
  const Message& message_;
  std::string alias_;
  std::string_view name_;  // the question's, or alias_
  std::uint16_t type_;
  Records records_{.kind = Records::Kind::no_data};
  bool has_ttl_ = false;
};

std::string code_name(unsigned code) {
  if (code == kFormErr) return "FORMERR";
  if (code == kNotImp) return "NOTIMP";
  return fmt::format("response code {}", code);
}

}  // namespace

ReplyFlags reply_flags(Octets reply) {
  if (reply.size() < kHeaderSize) return {};
  const auto flags = WireReader(reply, 2).number16();
  const auto code = flags & kCode;
  return {(flags & kTruncated) != 0, code == kFormErr || code == kNotImp};
}

Outcome parse_reply(Octets reply, const Question& question) {
  const auto bad = [&](std::string_view why) {
    return tl::unexpected(trouble_with(question, Trouble::Kind::bad_reply, why));
  };
  const auto message = read_message(reply, question);
  if (!message) return bad(message.error().why);
  if ((message->flags & kTruncated) != 0) return bad("truncated");
  if (message->code == kServFail) return tl::unexpected(trouble_with(question, Trouble::Kind::serv_fail));
  if (message->code == kRefused) return tl::unexpected(trouble_with(question, Trouble::Kind::refused));
  if (message->code != kNoError && message->code != kNxDomain) return bad(code_name(message->code));
  auto records = Chain(reply, *message, question).follow();
  if (!records) return bad(records.error().why);
  if (records->kind == Records::Kind::found && message->code == kNxDomain)
    return bad("NXDOMAIN with records");
  records->authentic = (message->flags & kAuthentic) != 0;
  std::stable_sort(
      records->exchangers.begin(), records->exchangers.end(),
      [](const MailExchanger& a, const MailExchanger& b) { return a.preference < b.preference; });
  return *std::move(records);
}

}  // namespace milter
