// Help texts (Markdown, CommonMark) to HTML.
#pragma once
#include <string_view>

#include "milter/cli/html/html.h"

namespace milter {

// HTML in the text and links that are no web or mail addresses are left out. Any thread.
Html markdown(std::string_view text);

}  // namespace milter
