"""A person at the keyboard, for tests: acts through the page's own code and says what is seen."""

from typing import TYPE_CHECKING, Any

from csbot.workspace import (
    actions,
    acts,
    commands,
    screens,
    shortcuts,
    sight,
    speech,
    submissions,
)
from csbot.workspace.controls import Control, for_input
from csbot.workspace.model import Json, Message, View
from csbot.workspace.seen import Form, Seen, Shown, shown

if TYPE_CHECKING:
    from csbot.workspace.state import Workspace


Target = Shown | Form | str | None


class Person:
    """Acts as one member; `channel` is where commands are typed unless told otherwise."""

    def __init__(self, ws: "Workspace", user_id: str, channel: str | None = None) -> None:
        self.ws, self.id = ws, user_id
        self.user = ws.users[user_id]
        self._channel = channel

    @property
    def dm(self) -> str:
        """The direct messages with the bot."""
        with self.ws.lock:
            return self.ws.open_im(self.id).id

    def command(
        self, text: str, *, channel: str | None = None, thread_ts: str | None = None
    ) -> Seen:
        where = channel or self._channel or self.dm
        since = self.ws.journal.seq
        return self._seen(since, commands.run(self.ws, self.id, where, text, thread_ts))

    def say(self, text: str, *, channel: str | None = None, thread_ts: str | None = None) -> Seen:
        """A message of one's own; waits until the events it caused were answered."""
        where = channel or self._channel or self.dm
        since = self.ws.journal.seq
        result = speech.say(self.ws, self.id, where, text, thread_ts)
        self.ws.events.wait_idle()
        return self._seen(since, result)

    def press(
        self,
        on: Target = None,
        *,
        label: str | None = None,
        action_id: str | None = None,
        value: str | None = None,
    ) -> Seen:
        """Presses a button of a message (a copy may be old), a form, or the open one."""
        place = self._place(on)
        control = _only(place.controls, "button", label, action_id, value)
        return self._act(place, control, {})

    def choose(self, on: Target, option: str, *, action_id: str | None = None) -> Seen:
        """Chooses an option, by its text or value, of an overflow, menu, radio or date picker."""
        place = self._place(on)
        for control in place.controls:
            if action_id in (None, control.action_id) and control.kind != "button":
                chosen = self._chosen(place, control, option)
                if chosen:
                    return self._act(place, control, chosen)
        raise LookupError(f"no option {option!r} in {[c.label for c in place.controls]}")

    def suggest(self, on: Target, action_id: str, query: str) -> list[str]:
        """The texts an external menu offers for what was typed."""
        place = self._place(on)
        control = next(c for c in place.controls if c.action_id == action_id)
        return [option["text"]["text"] for option in self._options(place, control, query)]

    def shortcut(self, name: str, on: Target = None) -> Seen:
        """Chooses an entry by its name or callback id: of the message, else of everywhere."""
        fits = [s.callback_id for s in self.ws.shortcuts if name in (s.name, s.callback_id)]
        place = self._place(on) if on is not None else None
        where = (place.channel, place.ts) if isinstance(place, Shown) else (None, None)
        since = self.ws.journal.seq
        return self._seen(since, shortcuts.run(self.ws, self.id, (fits or [name])[0], *where))

    def submit(self, on: Target = None, values: Json | None = None) -> Seen:
        """Fills in the form, by block_id (or action_id, or label), and sends it."""
        form = self._place(on)
        if not isinstance(form, Form):
            raise TypeError("only a form can be submitted")
        since = self.ws.journal.seq
        filled: Json = {}
        for name, value in (values or {}).items():
            self._fill(form, name, value, filled)
        return self._seen(since, submissions.submit(self.ws, self.id, form.id, filled))

    def close(self, on: Target = None, *, cleared: bool = False) -> Seen:
        form = self._place(on)
        since = self.ws.journal.seq
        view_id = form.id if isinstance(form, Form) else ""
        result = submissions.close(self.ws, self.id, view_id, cleared=cleared)
        return self._seen(since, result)

    def home(self) -> Form | None:
        """Opens the Home tab and reads it once csbot has answered."""
        speech.open_home(self.ws, self.id)
        self.ws.events.wait_idle()
        with self.ws.lock:
            return self._form(self.ws.homes.get(self.id))

    def view(self) -> Form | None:
        """The form on top of the screen."""
        with self.ws.lock:
            return self._form(screens.top(self.ws, self.id))

    def messages(self, channel: str | None = None, thread_ts: str | None = None) -> list[Shown]:
        """Oldest first; `channel` is an id or "#name", the bot's direct messages when absent."""
        with self.ws.lock:
            found = sight.messages(self.ws, self.id, self._room(channel), thread_ts)
            return [shown(message) for message in found]

    def last(self, channel: str | None = None) -> Shown:
        return self.messages(channel)[-1]

    # --- inside -----------------------------------------------------------------------------

    def _room(self, channel: str | None) -> str:
        if channel and channel.startswith("#"):
            named = self.ws.channel_named(channel)
            return named.id if named else ""
        return channel or self.dm

    def _place(self, on: Target) -> Shown | Form:
        if isinstance(on, Shown | Form):
            return on
        if on is None:
            top = self.view()
            if top is None:
                raise LookupError(f"{self.id} has no form open")
            return top
        with self.ws.lock:
            for room in self.ws.messages.values():
                if on in room:
                    return shown(room[on])
        raise LookupError(f"no message {on}")

    def _act(self, place: Shown | Form, control: Control, chosen: Json) -> Seen:
        since = self.ws.journal.seq
        act = self._press(place, control, chosen)
        return self._seen(since, actions.press(self.ws, self.id, act))

    def _press(self, place: Shown | Form, control: Control, chosen: Json) -> actions.Press:
        act = actions.Press(control.block_id, control.action_id, chosen=chosen)
        if isinstance(place, Form):
            act.view_id = place.id
        else:
            act.channel, act.message_ts, act.copy = place.channel, place.ts, place.raw
        return act

    def _chosen(self, place: Shown | Form, control: Control, option: str) -> Json:
        options = control.options
        if control.is_external:
            options = self._options(place, control, option)
        return for_input(control.element, option, options)

    def _options(self, place: Shown | Form, control: Control, query: str) -> list[Json]:
        found = actions.suggest(self.ws, self.id, self._press(place, control, {}), query)
        groups = found.get("option_groups", [])
        options: list[Json] = found.get("options", [])
        return options + [option for group in groups for option in group["options"]]

    def _fill(self, form: Form, name: str, value: Any, filled: Json) -> None:
        control = next((c for c in form.controls if c.answers_to(name)), None)
        if control is None:
            known = [c.block_id for c in form.controls]
            raise LookupError(f"no input {name!r}; there are {known}")
        state = for_input(control.element, value, control.options)
        if control.is_external and value is not None:
            state = self._chosen(form, control, value)
        if not state:
            raise LookupError(f"{name!r} offers no {value!r}")
        kind = {"type": control.element["type"]}
        filled.setdefault(control.block_id, {})[control.action_id] = kind | state

    def _seen(self, since: int, result: acts.Result) -> Seen:
        with self.ws.lock:
            seen = Seen(result.error, result.sentence, result.errors)
            for entry in self.ws.journal.since(since):
                if entry.ts and sight.concerns(self.ws, entry, self.id):
                    self._add(seen, entry.type, self.ws.find(entry.channel or "", entry.ts))
            seen.view = self._form(screens.top(self.ws, self.id))
            seen.home = self._form(self.ws.homes.get(self.id))
            return seen

    def _add(self, seen: Seen, kind: str, message: Message | None) -> None:
        if message is None or message.user == self.id:
            return
        rows = seen.updated if kind == "update" else seen.messages
        if message.ts not in [one.ts for one in (*seen.messages, *rows)]:
            rows.append(shown(message))

    def _form(self, view: View | None) -> Form | None:
        if view is None:
            return None
        title = view.body.get("title", {}).get("text", "")
        raw = screens.as_slack(self.ws, view)
        callback_id = view.body.get("callback_id", "")
        return Form(view.id, callback_id, title, list(view.blocks), raw)


def _only(
    found: list[Control], kind: str, label: str | None, action_id: str | None, value: str | None
) -> Control:
    """The one control that fits, else a LookupError that lists what there is."""
    fits = [
        control
        for control in found
        if control.kind == kind
        and label in (None, control.label)
        and action_id in (None, control.action_id)
        and value in (None, control.element.get("value"))
    ]
    if not fits:
        there = [(control.label, control.action_id) for control in found]
        raise LookupError(f"no {kind} {label or action_id!r}; there are {there}")
    return fits[0]
