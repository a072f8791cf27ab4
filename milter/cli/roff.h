// Manual pages in the man macros, which man(1), groff and mandoc read.
#pragma once
#include <string>
#include <string_view>

namespace milter {

// Builds one page from top to bottom. Text is plain: what roff would take for a command is escaped. ASCII.
class ManPage {
 public:
  // .TH and NAME: "fivefifty", "1", "a mail filter", and the version at the foot.
  ManPage(std::string_view name, std::string_view section, std::string_view summary,
          std::string_view version);

  ManPage& section(std::string_view title);                     // .SH
  ManPage& subsection(std::string_view title);                  // .SS
  ManPage& paragraph(std::string_view text);                    // paragraphs are parted by empty lines
  ManPage& item(std::string_view term, std::string_view text);  // .TP: a bold term, the text indented
  ManPage& deeper();                                            // what follows belongs to the last item
  ManPage& back();
  ManPage& example(std::string_view lines);  // as it is, indented

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace milter
