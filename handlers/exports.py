"""Lists as files, asked for in Slack."""

from csbot.access import May, require
from csbot.accounts import export_file
from csbot.words import first_word
from handlers import commands
from handlers.ask import Answer, Command, on_command


@on_command("export")
def export(ask: Command) -> Answer:
    """Renewals take the filters of `/cs renewals`; the other kinds are whole."""
    require(ask.person, May.EXPORT)
    kind, rest = first_word(ask.text.casefold())
    if kind == "renewals":
        filters = first_word(ask.text)[1].removesuffix("export").strip()
        return commands.run(ask, "renewals", f"{filters} export".strip())
    return export_file.ask(ask.session, f"{kind} {rest}".strip(), by=ask.person, now=ask.now)
