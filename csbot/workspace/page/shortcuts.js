// Slack's own menus: on every message, and beside the box people write in.
import { h, icon } from "./dom.js";
import { shortcut } from "./calls.js";
import { menu } from "./popover.js";
import { store } from "./store.js";

function entries(kind, place, done) {
  return store.shortcuts.filter((entry) => entry.kind === kind).map((entry) => ({
    label: entry.name,
    attributes: { "data-callback-id": entry.callback_id, "data-testid": "shortcut" },
    pick: async () => {
      await shortcut(entry, place);
      done();
    },
  }));
}

/** The button that opens them; nothing where there are none. */
function opener(kind, { place, done, glyph, label, testid, size = 16 }) {
  if (!store.shortcuts.some((entry) => entry.kind === kind)) return null;
  const button = h("button.icon-button", {
    type: "button", "aria-label": label, title: label, "aria-haspopup": "menu", "aria-expanded": "false", "data-testid": testid,
    onclick: () => menu(button, entries(kind, place, done), { label }),
  }, icon(glyph, size));
  return button;
}

export function messageShortcuts(message, channel, done) {
  const place = { channel, message_ts: message.ts };
  return opener("message", { place, done, glyph: "dots", label: "Shortcuts on this message", testid: "message-shortcuts" });
}

export function everywhereShortcuts(done) {
  return opener("global", { place: {}, done, glyph: "bolt", label: "Shortcuts", testid: "shortcuts", size: 18 });
}
