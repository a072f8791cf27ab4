# Completion of fivefifty in bash. It asks the program itself, so it knows every subcommand and option that there is.
_fivefifty_words() {  # SUBCOMMAND...: what may stand here, one word a line
  "${COMP_WORDS[0]}" "$@" --help 2>/dev/null | awk '
    /^Subcommands:/ { in_list = 1; next }
    in_list && /^  [a-z]/ { print $1 }
    { for (i = 1; i <= NF; ++i) if ($i ~ /^(-[a-zA-Z],)?--[a-z]/) {
        gsub(/.*,|[^a-z-].*$/, "", $i); print $i } }' | sort -u
}

_fivefifty() {
  local current=${COMP_WORDS[COMP_CWORD]} word subcommands=()
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
    -*) ;;
    *) [[ ${#subcommands[@]} -gt 0 && ${subcommands[0]} != docs ]] || subcommands+=("$word") ;;
    esac
  done
  if [[ $current == -* || ${#subcommands[@]} -eq 0 || ( ${subcommands[0]} == docs && ${#subcommands[@]} -eq 1 ) ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_fivefifty_words "${subcommands[@]}")" -- "$current")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _fivefifty fivefifty
