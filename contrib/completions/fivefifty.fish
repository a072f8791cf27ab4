# Completion of fivefifty in fish. It asks the program itself, so it knows every subcommand and option that there is.
function __fivefifty_words
    set -l words (commandline -opc)
    set -l help ($words[1] $words[2] --help 2>/dev/null)
    printf '%s\n' $help | awk '/^Subcommands:/ { on = 1; next } on && /^  [a-z]/ { print $1 }'
    printf '%s\n' $help | grep -oE -- '--[a-z][a-z-]*' | sort -u
end
complete -c fivefifty -n 'test (count (commandline -opc)) -eq 1' -f -a '(__fivefifty_words)'
complete -c fivefifty -n 'test (count (commandline -opc)) -gt 1' -a '(__fivefifty_words)'
