// Markup, and the one way in which other people's texts become part of it. Pure; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace milter {

// Markup that is safe as it stands. Foreign text becomes Html through escape() alone.
struct Html {
  std::string code;

  Html& operator+=(const Html& more) {
    code += more.code;
    return *this;
  }
};

// As text, and as an attribute's value in double quotes. What could disguise it (control characters, marks
// that turn the direction of writing) and what is no UTF-8 becomes U+FFFD.
Html escape(std::string_view text);

// In an element of its own, so that a name in another script does not turn around what stands beside it.
Html name(std::string_view text);
Html code(std::string_view text);  // <code>

Html number(std::uint64_t count);                       // "12,345"
Html percent(std::uint64_t part, std::uint64_t whole);  // "7.3 %"; "" of nothing
// A picture of a share, which says it in words, too; text browsers leave it out. "" of nothing.
Html bar(std::uint64_t part, std::uint64_t whole, int colour = 0);
Html bullets(const std::vector<Html>& items);  // <ul>

struct HtmlColumn {
  std::string title;
  enum class Form { text, number, wide } form = Form::text;
};

// A table. Where the page is narrow each row stands as a block of its own, with the columns' titles in it.
class HtmlTable {
 public:
  HtmlTable(std::string caption, std::vector<HtmlColumn> columns);
  void row(const std::vector<Html>& cells);  // as many as columns
  bool empty() const { return rows_.code.empty(); }
  Html html() const;

 private:
  std::string caption_;
  std::vector<HtmlColumn> columns_;
  Html rows_;
};

}  // namespace milter
