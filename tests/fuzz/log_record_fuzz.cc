// One line of a log: what is read can be written, and then reads the same for ever; it can be replayed, and
// explained, whatever it holds. (A broken line may be taken or not: what nobody asks for is not looked at.)
#include <cstdint>
#include <cstdlib>

#include "policy/record/read.h"
#include "policy/record/replay.h"
#include "policy/record/write.h"

namespace {

using namespace policy;

const Schema& schema() {
  static const Schema all({
      {"client", "client", Stage::connect, "", "", {{"ip", "", {}}, {"trusted", "", {.derived = true}}}},
      {"spf", "spf", Stage::mail, "", "", {{"result", "", {}}}},
      {"dnsbl",
       "dnsbl",
       Stage::connect,
       "",
       "",
       {{"listed", "", {.derived = true, .lists = true}, true},
        {"weight", "", {.derived = true, .lists = true}}}},
      {"recipient",
       "recipient",
       Stage::rcpt,
       "",
       "",
       {{"ours", "", {.derived = true}},
        {"status", "", {.derived = true}},
        {"split", "", {.derived = true}}}},
  });
  return all;
}

Policy policy_of_all() {
  const auto code = *Address::parse("127.0.0.2");
  Policy out{.fingerprint = "0123456789ab"};
  out.domains.local = {"example.net"};
  out.lists = {{.id = "zen", .zone = "zen.example", .codes = {{code, code, "", 8}}}};
  out.recipients = {{"example.net", "file", "r.txt", {}}};
  out.rules = {
      {.id = "a",
       .when = {{.path = "recipient.status", .check = "recipient", .test = OneOf{{"unknown"}}},
                {.path = "spf.result", .check = "spf", .test = OneOf{{"fail"}}}},
       .reason = "a"},
      {.id = "b",
       .when = {{.path = "dnsbl.weight",
                 .check = "dnsbl",
                 .test = Compares{Compares::Op::at_least, 8},
                 .lists = {"zen"}}},
       .reason = "b"},
      {.id = "c",
       .stage = Stage::message,
       .when = {{.path = "message.recipients", .check = "message", .test = OneOf{{"bob@example.net"}}}},
       .reason = "c"}};
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  static const Policy policy = policy_of_all();
  static const Replay replay(policy, schema());
  const auto record = record_from_json(line);
  if (const auto brief = record_for_replay(line, replay.wanted())) replay(*brief);
  if (!record) return 0;
  replay(*record);
  const auto written = to_json(*record);  // writing may cut it
  const auto again = record_from_json(written);
  if (!again || record_from_json(to_json(*again)) != again) std::abort();
  const auto decided = record_for_replay(written, replay.wanted());
  if (!decided || decided->verdict.action != again->verdict.action) std::abort();
  // What is passed over unread decides nothing.
  if (replay(*decided).change != replay(*again).change) std::abort();
  return 0;
}
