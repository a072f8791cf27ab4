#include "milter/cli/pages.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <filesystem>

#include "milter/cli/html/markdown.h"
#include "milter/cli/html/page_template.h"
#include "milter/cli/loading.h"
#include "policy/load/shipped.h"

namespace milter {
namespace {

constexpr std::string_view kExampleRef = "7K2M9QXA";

// The order of the list, as the catalogue groups them.
struct Group {
  std::string_view category, title;
};
constexpr std::array<Group, policy::kReplyCategories.size()> kGroups{{
    {"recipient", "The recipient"},
    {"sender", "The sender's address"},
    {"client", "The sending server"},
    {"auth", "SPF, DKIM and DMARC"},
    {"message", "The message itself"},
    {"system", "Trouble of our own: try again later"},
}};

// "SPF fail: this server may not send …": what is wrong, and the details, as two texts. "" is no details.
struct Words {
  std::string title, details;
};

Words words_of(const policy::ReplyTemplate& entry) {
  const auto colon = entry.fallback.find(": ");
  if (colon == std::string::npos)
    return {entry.fallback.substr(0, entry.fallback.find_last_not_of('.') + 1), ""};
  auto details = entry.fallback.substr(colon + 2);
  details.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(details.front())));
  // "Temporary" alone says nothing of the trouble.
  if (entry.category == "system") return {details.substr(0, details.find_last_not_of('.') + 1), ""};
  return {entry.fallback.substr(0, colon), details};
}

std::string_view who_can_mend(policy::Actor actor) {
  switch (actor) {
    case policy::Actor::none:
      return "Nobody needs to do anything: the sending server tries again by itself.";
    case policy::Actor::sender:
      return "Whoever sent the message can mend this.";
    case policy::Actor::sender_admin:
      return "The administrators of the sending server can mend this.";
    case policy::Actor::domain_admin:
      return "The administrators of the sender's domain can mend this.";
    case policy::Actor::recipient:
      return "The recipient can mend this.";
    case policy::Actor::recipient_admin:
      return "The administrators of the recipient's mail server can mend this.";
  }
  return "";
}

std::string lead_of(const policy::ReplyTemplate& entry) {
  const auto details = words_of(entry).details;
  return (details.empty() ? "" : details + " ") + std::string(who_can_mend(entry.actor));
}

Html contact_of(const policy::Site& site) {
  Html out{"<h2>Write to us</h2>\n<p>"};
  if (site.contact.empty())
    out += escape(
        "Write to postmaster at the recipient's domain, from another mail account if need be. Say when the "
        "message was sent, from which address and to which, and copy the whole error message: the reference "
        "in it (ref=) leads us to the refusal.");
  else
    out.code += fmt::format(
        "If this is our mistake, or you cannot mend it: <a href=\"mailto:{0}\">{0}</a>. Say when the message "
        "was sent, from which address and to which, and copy the whole error message: the reference in it "
        "(ref=) leads us to the refusal.",
        escape(site.contact).code);
  out.code += fmt::format("</p>\n<p>The administrators of {}</p>", escape(site.name).code);
  return out;
}

Html example_of(const policy::Catalogue& catalogue, const std::string& reason, const policy::Site& site) {
  const auto reply = policy::render(catalogue, reason, policy::Action::reject, catalogue.at(reason).sample,
                                    {site, std::string(kExampleRef)});
  Html out;
  for (const auto& line : policy::smtp_lines(reply)) out.code += escape(line).code + "\n";
  return out;
}

// The list's part of one category; "" when it has no reason.
Html group_of(const Group& group, const policy::Catalogue& catalogue) {
  Html items;
  for (const auto& [id, entry] : catalogue) {
    if (entry.category != group.category) continue;
    const auto words = words_of(entry);
    items.code += fmt::format("<dt><a href=\"{0}/index.html\">{1}</a></dt>\n<dd>{2} <code>{0}</code></dd>\n",
                              escape(id).code, escape(words.title).code, escape(words.details).code);
  }
  if (items.code.empty()) return {};
  return {fmt::format("<h2>{}</h2>\n<dl>\n{}</dl>\n", escape(group.title).code, items.code)};
}

// DIR/NAME if there is such a file, else the built-in one. `folder` "" is none. Errors: it cannot be read.
tl::expected<std::string, std::string> page_file(const std::string& folder, const std::string& file) {
  const auto path = std::filesystem::path(folder) / file;
  std::error_code ignored;
  if (!folder.empty() && std::filesystem::exists(path, ignored)) return read_file(path.string());
  return policy::shipped_files().at(file);
}

class Pages {
 public:
  Pages(const PageWishes& wishes, const Snapshot& snapshot) : wishes_(wishes), snapshot_(snapshot) {}

  // "" or what went wrong.
  std::string write() {
    if (auto problem = read_templates(); !problem.empty()) return problem;
    for (const auto& [id, entry] : snapshot_.catalogue)
      if (auto problem = write_filled(id, "page.html", page_values(id, entry)); !problem.empty())
        return problem;
    return write_filled("", "index.html", index_values());
  }

 private:
  std::string read_templates() {
    std::error_code error;
    if (!wishes_.templates.empty() && !std::filesystem::is_directory(wishes_.templates, error))
      return fmt::format("{} is no folder", wishes_.templates);
    for (const std::string file : {"page.html", "index.html", "pages.css", "pages.js"}) {
      auto text = page_file(wishes_.templates, file);
      if (!text) return text.error();
      files_[file] = std::move(*text);
    }
    return "";
  }

  PageValues common_values() const {
    return {{"site", escape(snapshot_.policy.site.name)},
            {"contact", contact_of(snapshot_.policy.site)},
            {"style", {"<style>\n" + files_.at("pages.css") + "</style>"}},
            {"script", {"<script>\n" + files_.at("pages.js") + "</script>"}}};
  }

  PageValues page_values(const std::string& id, const policy::ReplyTemplate& entry) const {
    auto out = common_values();
    out["reason"] = escape(id);
    out["code"] = escape(fmt::format("{} {}", entry.code, entry.enhanced));
    out["title"] = escape(words_of(entry).title);
    out["lead"] = escape(lead_of(entry));
    out["help"] = markdown(entry.help);
    out["example"] = example_of(snapshot_.catalogue, id, snapshot_.policy.site);
    return out;
  }

  PageValues index_values() const {
    auto out = common_values();
    for (const auto& group : kGroups) out["list"] += group_of(group, snapshot_.catalogue);
    return out;
  }

  // To FOLDER/REASON/index.html, or FOLDER/index.html for "".
  std::string write_filled(const std::string& reason, const std::string& file,
                           const PageValues& values) const {
    const auto page = fill({files_.at(file), file}, values);
    if (!page) return page.error();
    const auto folder = std::filesystem::path(wishes_.folder) / reason;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fmt::format("cannot make {}: {}", folder.string(), error.message());
    return write_page((folder / "index.html").string(), *page);
  }

  const PageWishes& wishes_;
  const Snapshot& snapshot_;
  std::map<std::string, std::string> files_;
};

}  // namespace

int write_pages(const PageWishes& wishes) {
  const auto setup = set_up(wishes.common);
  if (!setup) return 1;
  const auto problem = Pages(wishes, *setup->snapshot).write();
  if (!problem.empty()) {
    fmt::print(stderr, "fivefifty docs pages: {}\n", problem);
    return 1;
  }
  const auto& help = setup->snapshot->policy.site.help;
  fmt::print("{} pages in {}, {}\n", setup->snapshot->catalogue.size(), wishes.folder,
             help.empty() ? std::string("but the policy has no site.help: replies will not link to them")
                          : fmt::format("to be found at {}/REASON", help));
  return 0;
}

}  // namespace milter
