"""Tables in Markdown, and the parts of a page that scripts write: between <!-- name --> and <!-- end of name -->."""


def table(titles, rows, words=1):
    """`words` columns on the left are texts, the others numbers."""
    rules = ["---" if i < words else "---:" for i in range(len(titles))]
    lines = ["| " + " | ".join(titles) + " |", "|" + "|".join(rules) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def insert(page, name, text):
    """Puts `text` in place of the part `name` of the file `page`."""
    old = page.read_text(encoding="utf-8")
    first, last = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    begin, end = old.index(first) + len(first), old.index(last)
    new = page.with_suffix(".new")
    new.write_text(old[:begin] + text + old[end:], encoding="utf-8")
    new.replace(page)
