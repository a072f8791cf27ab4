// An SPF record as the sender's side may publish it: parsed, and evaluated in a world that answers with the
// same record, with hosts, with nothing and with trouble.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "milter/auth/spf/records.h"
#include "milter/auth/spf/verify.h"

namespace {

using namespace milter;

// 10 terms with 10 hosts each, their own names, the root, the client's PTR with 10 names, the explanation.
constexpr int kMostQueries = 10 * 11 + 1 + 11 + 1;

class FuzzedWorld : public Resolver {
 public:
  explicit FuzzedWorld(std::string_view record) : record_(record) {}

  Lookup query(std::string_view name, RecordType type) override {
    if (++queries_ > kMostQueries) std::abort();
    const auto choice = std::hash<std::string_view>()(name) % 8;
    if (choice == 0 && queries_ > 1) return answered(tl::unexpected(Trouble{.detail = "TXT: time-out"}));
    if (choice == 1 && queries_ > 1) return answered(Records{});
    return answered(answer(type, choice));
  }

 private:
  Records answer(RecordType type, std::size_t choice) const {
    Records records{.kind = Records::Kind::found};
    const policy::Address client(policy::Address::V4{192, 0, 2, 1});
    if (type == RecordType::txt) records.texts = {std::string(choice == 2 ? "v=spf1 a mx -all" : record_)};
    if (type == RecordType::a) records.addresses = {choice < 4 ? client : policy::Address()};
    if (type == RecordType::ptr) records.names.assign(choice * 2, "n.example.org");
    if (type == RecordType::mx) records.exchangers.assign(choice * 2, {10, "m.example.org"});
    return records;
  }

  std::string_view record_;
  int queries_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string record = "v=spf1 " + std::string(data, data + size);
  const auto parsed = parse_spf_record(record);
  if (!parsed && parsed.error().empty()) std::abort();
  const SpfQuestion question{.client = policy::Address(policy::Address::V4{192, 0, 2, 1}),
                             .helo = "mail.example.net",
                             .sender = "bob@example.org",
                             .receiver = "mx.example.com"};
  FuzzedWorld world(record);
  SpfRecords records;
  Questions questions(world);
  Answers answers(questions, {Deadline::min(), Deadline::max()}, Deadline::min());
  const auto result = check_mail_from(question, answers, records, {.explanation = true});
  if (!parsed && result.word != SpfWord::permerror) std::abort();
  if (result.lookups > kMostSpfLookups || result.explanation.size() > kLongestExplanation) std::abort();
  if (result.word == SpfWord::temperror && result.problem.empty()) std::abort();
  return 0;
}
