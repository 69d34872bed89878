"""Write the generated parts of docs/reference anew."""

from tests.docs.reference.pages import REFERENCE, pages

for name, text in pages().items():
    (REFERENCE / name).write_text(text, encoding="utf-8")
