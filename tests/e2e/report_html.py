"""A page, read with the standard parser: what is wrong with it, and what it says."""
import html.parser

VOID = {"meta", "br", "img", "link", "input", "hr", "area", "base", "col", "embed", "source", "track", "wbr"}
# What makes a browser fetch something, or run it.
FETCHING = {"src", "srcset", "href", "action", "formaction", "poster", "data", "background", "ping", "xlink:href"}


class Page(html.parser.HTMLParser):
    """Problems are sentences; none: the page is well-formed and needs nothing from outside."""

    def __init__(self, text, scripts=False):
        super().__init__(convert_charrefs=True)
        self.scripts = scripts
        self.open, self.problems, self.links, self.tags, self.ids = [], [], [], [], []
        self.words, self.styles, self.code = [], [], []
        self.feed(text)
        self.close()
        if self.open:
            self.problems.append(f"not closed: {self.open}")
        if len(self.ids) != len(set(self.ids)):
            self.problems.append("an id is there twice")
        for style in self.styles:
            if "url(" in style or "@import" in style:
                self.problems.append("the style sheet fetches something")
        for script in self.code:
            for word in ("innerHTML", "document.write", "eval(", "fetch(", "insertAdjacent"):
                if word in script:
                    self.problems.append(f"the script uses {word}")

    def look_at(self, tag, attributes):
        self.tags.append(tag)
        if tag in ("script", "iframe", "object", "form", "img", "link") and not (tag == "script" and self.scripts):
            self.problems.append(f"{self.getpos()}: there is a <{tag}>")
        if len(attributes) != len({name for name, value in attributes}):
            self.problems.append(f"{self.getpos()}: <{tag}> has an attribute twice")
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name.startswith("on") or name == "style":
                self.problems.append(f"{self.getpos()}: <{tag}> has {name}")
            if name in FETCHING:
                self.links.append(value)
                if tag != "a" or ":" in value.split("/")[0] and not value.startswith("mailto:"):
                    self.problems.append(f"{self.getpos()}: <{tag}> leads outside: {value}")

    def handle_starttag(self, tag, attrs):
        self.look_at(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.look_at(tag, attrs)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"{self.getpos()}: </{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()

    def handle_data(self, data):
        where = self.open[-1] if self.open else ""
        {"style": self.styles, "script": self.code}.get(where, self.words).append(data)

    def text(self):
        return " ".join(" ".join(self.words).split())
