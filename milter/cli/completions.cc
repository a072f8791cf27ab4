#include "milter/cli/completions.h"

#include <fmt/format.h>

#include <array>

namespace milter {
namespace {

constexpr std::array<std::string_view, 3> kShells{"bash", "zsh", "fish"};

// `text` in single quotes, for bash and zsh; `special` characters with a backslash before them.
std::string in_quotes(std::string_view text, std::string_view special = "") {
  std::string out = "'";
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    if (c == '\'') out += "'\\''";
    if (c != '\'') out += c;
  }
  return out + "'";
}

// Fish knows \' and \\ within single quotes.
std::string in_fish_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string head(std::string_view shell) {
  return fmt::format("# Completion of fivefifty in {0}. Printed by: fivefifty docs completion {0}\n", shell);
}

std::string bash_words(const CommandDoc& command) {
  std::string out;
  for (const auto& sub : command.commands) out += ' ' + sub.name;
  for (const auto& option : command.options)
    if (!option.positional())
      for (const auto& name : option.names) out += ' ' + name;
  return in_quotes(out.substr(out.empty() ? 0 : 1));
}

// The words after each path of subcommands, as branches of a case: "  'docs facts') words='...' ;;".
std::string bash_branches(const CommandDoc& command, const std::string& path) {
  auto out = fmt::format("  {}) words={} more={} ;;\n", in_quotes(path), bash_words(command),
                         command.commands.empty() ? "" : "yes");
  for (const auto& sub : command.commands)
    out += bash_branches(sub, path.empty() ? sub.name : path + ' ' + sub.name);
  return out;
}

// All paths of subcommands but the empty one.
std::string bash_paths(const CommandDoc& command, const std::string& path) {
  std::string out;
  for (const auto& sub : command.commands) {
    const auto deeper = path.empty() ? sub.name : path + ' ' + sub.name;
    out += (out.empty() ? "" : " | ") + in_quotes(deeper);
    if (!sub.commands.empty()) out += " | " + bash_paths(sub, deeper);
  }
  return out;
}

std::string bash(const CommandDoc& program) {
  return head("bash") + R"(_fivefifty() {
  local current=${COMP_WORDS[COMP_CWORD]} path='' deeper word words='' more=''
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    deeper=${path:+$path }$word
    case $deeper in
    )" + bash_paths(program, "") +
         R"() path=$deeper ;;
    esac
  done
  case $path in
)" + bash_branches(program, "") +
         R"(  esac
  if [[ $current == -* || -n $more ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  else
    [[ $current != = ]] || current=''  # after --option=
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _fivefifty fivefifty
)";
}

std::string zsh_options(const CommandDoc& command) {
  std::string out;
  for (const auto& option : command.options) {
    const auto value = option.takes_value ? ":value:_files" : "";
    const auto doc = "'['" + in_quotes(option.doc, "[]\\") + "']'";
    if (option.positional()) continue;
    for (const auto& name : option.names)
      out += fmt::format(" {}{}{}", in_quotes(name + (option.takes_value && name.size() > 2 ? "=" : "")), doc,
                         value);
  }
  return out;
}

// What may stand after words[1], the name of the command itself; `depth` indents.
std::string zsh_command(const CommandDoc& command, std::size_t depth) {
  const std::string indent(2 * depth, ' ');
  if (command.commands.empty())
    return fmt::format("{}_arguments{} '*:file:_files'\n", indent, zsh_options(command));
  auto out = indent + "if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then\n" + indent + "  commands=(";
  for (const auto& sub : command.commands) out += ' ' + in_quotes(sub.name) + in_quotes(':' + sub.doc);
  out += fmt::format(" )\n{0}  _describe command commands\n{0}elif (( CURRENT == 2 )); then\n", indent);
  out += fmt::format(
      "{0}  _arguments{1}\n{0}else\n{0}  shift words\n{0}  (( CURRENT-- ))\n{0}  case $words[1] in\n", indent,
      zsh_options(command));
  for (const auto& sub : command.commands)
    out += fmt::format("{}  {})\n{}{}    ;;\n", indent, sub.name, zsh_command(sub, depth + 2), indent);
  return out + indent + "  esac\n" + indent + "fi\n";
}

std::string zsh(const CommandDoc& program) {
  return "#compdef fivefifty\n" + head("zsh") + "local -a commands\n" + zsh_command(program, 0);
}

std::string fish_command(const CommandDoc& command, const std::string& condition) {
  std::string out;
  const auto begin = fmt::format("complete -c fivefifty -n {}", in_fish_quotes(condition));
  for (const auto& option : command.options) {
    if (option.positional()) continue;
    std::string names;
    for (const auto& name : option.names)
      names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    out += fmt::format("{}{}{} -d {}\n", begin, names, option.takes_value ? " -r" : "",
                       in_fish_quotes(option.doc));
  }
  for (const auto& sub : command.commands)
    out += fmt::format("{} -f -a {} -d {}\n", begin, sub.name, in_fish_quotes(sub.doc));
  return out;
}

std::string fish(const CommandDoc& program) {
  auto out = head("fish") + fish_command(program, "__fish_use_subcommand");
  for (const auto& command : program.commands) {
    const auto seen = "__fish_seen_subcommand_from " + command.name;
    std::string subs;
    for (const auto& sub : command.commands) subs += ' ' + sub.name;
    out += fish_command(command, subs.empty() ? seen : seen + "; and not __fish_seen_subcommand_from" + subs);
    for (const auto& sub : command.commands)
      out += fish_command(sub, seen + "; and __fish_seen_subcommand_from " + sub.name);
  }
  return out;
}

}  // namespace

std::span<const std::string_view> completion_shells() { return kShells; }

std::string completion_script(std::string_view shell, const CommandDoc& program) {
  if (shell == "bash") return bash(program);
  if (shell == "zsh") return zsh(program);
  if (shell == "fish") return fish(program);
  return "";
}

}  // namespace milter
