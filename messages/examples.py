"""An example of everything csbot can show: what `csbot messages` prints and the tests check."""

from collections.abc import Iterator
from typing import Any

from messages.catalog import catalog, forms
from messages.form import render_form
from messages.render import render


def examples(only: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and payload; `only` picks one by its name."""
    for name, message in sorted(catalog().items()):
        if only in (None, name):
            yield name, render(message.example())
    for form in sorted(forms(), key=lambda cls: cls.view):
        if only in (None, form.view):
            yield form.view, render_form(form.example())
