#!/bin/sh
# All our sources are in our format. `contrib/dev format` puts them there. Version 14: others print differently.
cd "$(dirname "$0")/.." && find policy milter tests -name '*.cc' -o -name '*.h' | xargs clang-format-14 --dry-run -Werror
