#include <fmt/format.h>

#include <array>
#include <chrono>

#include "milter/checks/check.h"

namespace milter {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                    "thursday", "friday", "saturday"};

struct Now {
  std::int64_t unix = 0;
  std::string date;
  std::int64_t hour = 0;
  std::string weekday;
  static constexpr std::tuple fields{
      policy::Field{"unix", &Now::unix, "seconds since 1970"},
      policy::Field{"date", &Now::date, "the day, as 2026-11-24 (UTC)"},
      policy::Field{"hour", &Now::hour, "0 to 23 (UTC)"},
      policy::Field{
          "weekday",
          &Now::weekday,
          "the day of the week (UTC)",
          {.words = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}}},
  };
};

Gathered gather(const CheckInput& input, Answers& /*answers*/) {
  using namespace std::chrono;
  const auto now = floor<seconds>(sys_time<milliseconds>(milliseconds(input.unix_millis)));
  const auto day = floor<days>(now);
  const year_month_day date(day);
  return policy::to_fact(Now{
      .unix = now.time_since_epoch().count(),
      .date = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                          static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())),
      .hour = floor<hours>(now - day).count(),
      .weekday = std::string(kWeekdays.at(weekday(day).c_encoding())),
  });
}

}  // namespace

extern const Check clock_check{
    .doc = {.name = "clock",
            .group = "clock",
            .since = policy::Stage::connect,
            .summary =
                "When the mail transaction began, in UTC. A fact like any other, so that replay agrees.",
            .doubt_reason = "filter-error",
            .fields = policy::describe<Now>()},
    .free = true,
    .after = {},
    .gather = gather,
};

}  // namespace milter
