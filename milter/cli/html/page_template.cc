#include "milter/cli/html/page_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "policy/nearest.h"

namespace milter {
namespace {

constexpr std::string_view kOpen = "{{", kClose = "}}";

std::string place(const policy::Source& page, std::size_t at) {
  const auto before = page.text.substr(0, at);
  const auto line_start = before.rfind('\n');
  return fmt::format("{}:{}:{}", page.file, 1 + std::count(before.begin(), before.end(), '\n'),
                     line_start == std::string_view::npos ? at + 1 : at - line_start);
}

std::string no_such_name(std::string_view name, const PageValues& values) {
  std::vector<std::string> known;
  for (const auto& [key, value] : values) known.push_back(key);
  const auto near = policy::nearest(name, known);
  return fmt::format("there is no {{{{{}}}}} here{}", name,
                     near.empty() ? "" : fmt::format("; did you mean {{{{{}}}}}?", near));
}

std::string system_error() { return std::strerror(errno ? errno : EIO); }

}  // namespace

tl::expected<std::string, std::string> fill(const policy::Source& page, const PageValues& values) {
  std::string out;
  std::size_t at = 0;
  for (auto open = page.text.find(kOpen); open != std::string_view::npos; open = page.text.find(kOpen, at)) {
    out += page.text.substr(at, open - at);
    const auto close = page.text.find(kClose, open);
    if (close == std::string_view::npos)
      return tl::unexpected(fmt::format("{}: {{{{ without }}}}", place(page, open)));
    const auto name = page.text.substr(open + kOpen.size(), close - open - kOpen.size());
    const auto value = values.find(name);
    if (value == values.end())
      return tl::unexpected(fmt::format("{}: {}", place(page, open), no_such_name(name, values)));
    out += value->second.code;
    at = close + kClose.size();
  }
  out += page.text.substr(at);
  return out;
}

std::string write_page(const std::string& path, const std::string& text) {
  const auto unfinished = path + ".new";
  errno = 0;
  std::ofstream file(unfinished, std::ios::binary);
  file << text;
  file.close();
  if (!file) return fmt::format("cannot write {}: {}", path, system_error());
  std::error_code error;
  std::filesystem::rename(unfinished, path, error);
  return error ? fmt::format("cannot write {}: {}", path, error.message()) : "";
}

}  // namespace milter
