#include "milter/smtp/libmilter/reply_out.h"

#include <fmt/format.h>

#include <array>

#include "milter/log/say.h"

namespace milter {
namespace {

// Ends libmilter's variable arguments; a plain 0 or NULL may be too narrow.
constexpr char* kEnd = nullptr;

bool hand_over(SMFICTX* context, const policy::Reply& reply) {
  const auto code = std::to_string(reply.code);
  std::array<std::string, policy::kMostReplyLines> lines;
  std::array<const char*, policy::kMostReplyLines> slots{};
  for (std::size_t i = 0; i < reply.lines.size() && i < lines.size(); ++i) {
    lines[i] = doubled_percent(reply.lines[i]);
    slots[i] = lines[i].c_str();
  }
  static_assert(policy::kMostReplyLines == 4, "the call below has four slots");
  return smfi_setmlreply(context, code.c_str(), reply.enhanced.c_str(), slots[0], slots[1], slots[2],
                         slots[3], kEnd) == MI_SUCCESS;
}

// What is said when the real text cannot be: true whatever happened.
policy::Reply plain(bool permanent) {
  if (permanent) return {550, "5.7.1", {"Message refused by the policy of this server."}, true};
  return {451, "4.3.0", {"Temporary trouble here; please try again later."}, true};
}

}  // namespace

std::string doubled_percent(std::string_view line) {
  std::string out;
  for (const char c : line) out.append(c == '%' ? 2U : 1U, c);
  return out;
}

sfsistat send_reply(SMFICTX* context, const policy::Reply& reply) {
  const bool permanent = reply.code >= 500;
  const auto complaint = policy::lint(reply);
  if (!complaint.empty() || !hand_over(context, reply)) {
    say(fmt::format("a reply could not be sent as it is ({}); a plain one went out",
                    complaint.empty() ? "libmilter refused it" : complaint));
    hand_over(context, plain(permanent));
  }
  return permanent ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

}  // namespace milter
