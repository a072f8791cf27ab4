// Whole messages: "key record NUL name:value NUL … NUL NUL body". Our verifier and libopendkim behind it must
// stand it, and what they say must keep the promises of verify.h.
#include <cstdint>
#include <cstdlib>

#include "milter/auth/dkim/verify.h"

namespace {

constexpr std::int64_t kNow = 1'795'521'600;

class OneKey : public milter::Resolver {
 public:
  explicit OneKey(std::string record)
      : key_(milter::answered(
            milter::Records{.kind = milter::Records::Kind::found, .texts = {std::move(record)}})) {}
  milter::Lookup query(std::string_view, milter::RecordType) override { return key_; }

 private:
  milter::Lookup key_;
};

std::string_view take(std::string_view& rest) {
  const auto end = rest.find('\0');
  const auto out = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return out;
}

std::vector<milter::HeaderField> take_header(std::string_view& rest) {
  std::vector<milter::HeaderField> out;
  for (auto line = take(rest); !line.empty(); line = take(rest)) {
    const auto colon = std::min(line.find(':'), line.size());
    out.push_back(
        {std::string(line.substr(0, colon)), std::string(line.substr(std::min(colon + 1, line.size())))});
  }
  return out;
}

void need(bool holds) {
  if (!holds) std::abort();
}

std::vector<milter::SignatureResult> verdicts(const std::vector<milter::HeaderField>& fields,
                                              std::string_view body, const std::vector<std::string>& authors,
                                              OneKey& dns) {
  milter::DkimVerifier verifier({.fields = fields, .author_domains = authors, .now = kNow});
  need(verifier.keys().size() <= milter::kMostSignatures);
  constexpr std::size_t kPiece = 13;
  for (std::size_t at = 0; at < body.size(); at += kPiece) verifier.body(body.substr(at, kPiece));
  milter::Questions questions(dns);
  milter::Answers answers(questions, {milter::Deadline::min(), milter::Deadline::max()},
                          milter::Deadline::min());
  return verifier.finish(answers).signatures;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  OneKey dns{std::string(take(rest))};
  const auto fields = take_header(rest);
  const auto alone = verdicts(fields, rest, {}, dns);
  const auto both = verdicts(fields, rest, {"example.org"}, dns);
  need(alone.size() <= milter::kMostSignatureFields + 1);
  if (alone.size() != both.size()) return 0;  // more fields are read for the sake of the author
  for (std::size_t i = 0; i < alone.size(); ++i) {
    need(!alone[i].disputed && (alone[i].word == milter::DkimWord::pass || !alone[i].reason.empty()));
    // The second voice makes a failure temporary, and changes nothing else.
    if (both[i].disputed)
      need(alone[i].word != milter::DkimWord::pass && both[i].word == milter::DkimWord::temperror);
  }
  return 0;
}
