// Where one can go: channels, people, the app.
import { h, icon, replace } from "./dom.js";
import { avatar } from "./avatar.js";
import { bot, botChannel, channelLabel, nameOf, partner, store } from "./store.js";

function badge(channel) {
  if (channel.mentions > 0) return h("span.badge", { "aria-label": `${channel.mentions} for you` }, String(channel.mentions));
  if (channel.unread > 0) return h("span.dot", { role: "img", "aria-label": `${channel.unread} unread`, title: `${channel.unread} unread` });
  return null;
}

function row({ id, face, label, channel, current, open, testid }) {
  const unread = channel && (channel.unread > 0 || channel.mentions > 0);
  return h(`button.place${unread ? ".unread" : ""}`, {
    type: "button", "data-channel": id, "data-testid": testid || `channel-${id}`,
    "aria-current": current ? "page" : null, onclick: open,
  }, h("span.face", {}, face), h("span.place-name", {}, label), channel && badge(channel));
}

function section(title, rows) {
  if (!rows.length) return null;
  return h("section", { "aria-label": title }, h("h2", {}, title), rows);
}

function channelRow(channel, go) {
  const current = store.place.kind === "channel" && store.place.id === channel.id;
  const face = icon(channel.is_ext_shared ? "shared" : channel.is_private ? "lock" : "hash", 16);
  return row({ id: channel.id, face, label: channel.name, channel, current, open: () => go({ kind: "channel", id: channel.id }) });
}

function personRow(channel, go) {
  const current = store.place.kind === "channel" && store.place.id === channel.id;
  return row({ id: channel.id, face: avatar(partner(channel), 20), label: channelLabel(channel), channel, current, open: () => go({ kind: "channel", id: channel.id }) });
}

function appRow(go) {
  const app = bot();
  if (!app) return [];
  const channel = botChannel();
  const current = store.place.kind === "home" || (channel && store.place.id === channel.id);
  const target = channel ? { kind: "channel", id: channel.id } : { kind: "home", id: null };
  return [row({ id: channel?.id || "home", face: avatar(app, 20), label: nameOf(app), channel, current, open: () => go(target), testid: "app-csbot" })];
}

const byName = (a, b) => (a.name || "").localeCompare(b.name || "");

export function drawSidebar(root, go) {
  const all = [...store.channels.values()];
  const app = botChannel();
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
  const rooms = all.filter((c) => !c.is_im).sort(byName);
  const direct = all.filter((c) => c.is_im && c !== app && partner(c) && !partner(c).is_bot);
  replace(root,
    section("Apps", appRow(go)),
    section("Channels", rooms.map((c) => channelRow(c, go))),
    section("Direct messages", direct.map((c) => personRow(c, go))));
  if (focused) [...root.querySelectorAll("[data-channel]")].find((n) => n.dataset.channel === focused)?.focus();
}

/** How much waits for the acting person, for the page's title. */
export function waiting() {
  return [...store.channels.values()].reduce((sum, c) => sum + (c.mentions || 0), 0);
}
