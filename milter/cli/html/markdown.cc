#include "milter/cli/html/markdown.h"

#include <cmark.h>

#include <cstdlib>
#include <memory>
#include <new>

namespace milter {

Html markdown(std::string_view text) {
  // Without CMARK_OPT_UNSAFE: neither HTML nor javascript: links pass.
  const std::unique_ptr<char, decltype(&std::free)> html(
      cmark_markdown_to_html(text.data(), text.size(), CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8),
      &std::free);
  if (!html) throw std::bad_alloc();
  return {html.get()};
}

}  // namespace milter
