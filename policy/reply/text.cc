#include "policy/reply/text.h"

#include <algorithm>
#include <set>

namespace policy {
namespace {

constexpr std::string_view kOpen = "[[";
constexpr std::string_view kClose = "]]";

class Parser {
 public:
  explicit Parser(std::string_view line) : line_(line) {}

  tl::expected<std::vector<TextPiece>, TextError> run() {
    while (at_ < line_.size())
      if (auto error = step(); !error.what.empty()) return tl::unexpected(std::move(error));
    if (open_) return tl::unexpected(TextError{opened_at_, "[[ without ]]"});
    flush();
    return std::move(pieces_);
  }

 private:
  TextError step() {
    const auto rest = line_.substr(at_);
    if (rest.starts_with(kOpen)) return open();
    if (open_ && rest.starts_with(kClose)) {
      flush();
      open_ = false;
      at_ += kClose.size();
      return {};
    }
    if (rest.front() == '{') return placeholder();
    if (rest.front() == '}') return {at_, "} without {"};
    words_ += line_[at_++];
    return {};
  }

  TextError open() {
    if (open_) return {at_, "[[ inside [["};
    flush();
    open_ = true;
    ++groups_;
    opened_at_ = at_;
    at_ += kOpen.size();
    return {};
  }

  TextError placeholder() {
    const auto end = line_.find('}', at_);
    if (end == std::string_view::npos) return {at_, "{ without }"};
    const auto name = line_.substr(at_ + 1, end - at_ - 1);
    if (name.empty()) return {at_, "{} without a name"};
    flush();
    pieces_.push_back({true, std::string(name), group()});
    at_ = end + 1;
    return {};
  }

  void flush() {
    if (!words_.empty()) pieces_.push_back({false, std::move(words_), group()});
    words_.clear();
  }

  int group() const { return open_ ? groups_ : 0; }

  std::string_view line_;
  std::size_t at_ = 0, opened_at_ = 0;
  bool open_ = false;
  int groups_ = 0;
  std::string words_;
  std::vector<TextPiece> pieces_;
};

struct Part {
  std::string text;
  Form form = Form::text;
  std::size_t floor = 0;  // its own length when it cannot be shortened
};

std::size_t slack(const Part& part) { return part.text.size() - std::min(part.text.size(), part.floor); }

std::size_t length_of(const std::vector<Part>& parts) {
  std::size_t length = 0;
  for (const auto& part : parts) length += part.text.size();
  return length;
}

void fit(std::vector<Part>& parts, std::size_t width) {
  while (length_of(parts) > width) {
    const auto widest = std::max_element(parts.begin(), parts.end(),
                                         [](const Part& a, const Part& b) { return slack(a) < slack(b); });
    if (widest == parts.end() || slack(*widest) == 0) return;
    const auto before = widest->text.size();
    widest->text = shorten(widest->text, widest->form, before - 1);
    if (widest->text.size() >= before) widest->floor = before;  // it cannot be shortened after all
  }
}

std::string joined(const std::vector<Part>& parts) {
  std::string out;
  for (const auto& part : parts)
    for (const char c : part.text)
      if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace

tl::expected<std::vector<TextPiece>, TextError> parse_text(std::string_view line) {
  return Parser(line).run();
}

std::string compose(const std::vector<TextPiece>& pieces, const Show& show, std::size_t width) {
  std::vector<std::pair<int, Part>> filled;
  std::set<int> left_out;
  for (const auto& piece : pieces) {
    if (!piece.placeholder) {
      filled.push_back({piece.optional, {piece.text, Form::text, piece.text.size()}});
      continue;
    }
    auto shown = show(piece.text);
    if (shown.text.empty() && piece.optional > 0) left_out.insert(piece.optional);
    if (shown.text.empty()) shown.text = shown.none;
    filled.push_back({piece.optional, {std::move(shown.text), shown.form, widths(shown.form).floor}});
  }
  std::vector<Part> parts;
  for (auto& [optional, part] : filled)
    if (!left_out.contains(optional)) parts.push_back(std::move(part));
  fit(parts, width);
  return joined(parts);
}

std::size_t longest_at_floor(const std::vector<TextPiece>& pieces,
                             const std::function<Form(std::string_view name)>& form) {
  std::size_t length = 0;
  for (const auto& piece : pieces)
    length += piece.placeholder ? widths(form(piece.text)).floor : piece.text.size();
  return length;
}

}  // namespace policy
