// The parts of the shell and the small things drawn into them.
import { h, icon, replace } from "./dom.js";
import { avatar } from "./avatar.js";
import { menu } from "./popover.js";
import { bot, botChannel, channelLabel, me, nameOf, partner, people, store } from "./store.js";

const NAMES = [
  "sidebar", "team-name", "place-head", "messages", "home", "composer-place", "thread", "thread-messages",
  "thread-composer", "thread-place", "guide", "guide-toggle", "clock", "act-as", "menu-toggle", "live", "offline", "shade",
];

export const parts = Object.fromEntries(NAMES.map((name) => [name, document.getElementById(name)]));

export function drawActAs(choose) {
  const person = me();
  replace(parts["act-as"], avatar(person, 26),
    h("span.act-words", {}, h("b", {}, nameOf(person)), h("small", {}, person.title || "")), icon("chevron", 14));
  parts["act-as"].dataset.user = store.me;
  parts["act-as"].setAttribute("aria-label", `Acting as ${nameOf(person)}, ${person.title || "team member"}. Switch`);
  parts["act-as"].onclick = () => menu(parts["act-as"], people().map((user) => ({
    label: [avatar(user, 30), h("span.act-words", {}, h("b", {}, nameOf(user)), h("small", {}, user.title || ""))],
    current: user.id === store.me,
    attributes: { "data-user-id": user.id, "data-testid": `act-as-${user.id}` },
    pick: () => choose(user.id),
  })), { label: "Act as" });
}

function tab(label, selected, open, testid) {
  return h("button.tab", { type: "button", role: "tab", "aria-selected": String(selected), "data-testid": testid, onclick: open }, label);
}

function appHead(go) {
  const home = store.place.kind === "home";
  const channel = botChannel();
  return [
    h("div.place-title", {}, avatar(bot(), 26), h("h1", {}, nameOf(bot())), h("span.app-badge", {}, "APP")),
    store.homeTab && h("div.tabs", { role: "tablist", "aria-label": "csbot" },
      tab("Home", home, () => go({ kind: "home", id: null }), "tab-home"),
      channel && tab("Messages", !home, () => go({ kind: "channel", id: channel.id }), "tab-messages")),
  ];
}

function channelHead(channel) {
  if (!channel) return [];
  const shared = channel.is_ext_shared && h("span.shared-note", {}, icon("shared", 14), "Shared with another company");
  const face = channel.is_im ? avatar(partner(channel), 26) : icon(channel.is_private ? "lock" : "hash", 18);
  const title = channel.is_im ? channelLabel(channel) : channel.name;
  const topic = channel.is_im ? partner(channel)?.title : channel.topic;
  return [h("div.place-title", {}, face, h("h1", {}, title), shared), topic && h("p.topic", { title: topic }, topic)];
}

export function inApp() {
  return store.place.kind === "home" || (botChannel() && store.place.id === botChannel().id);
}

export function drawPlaceHead(go) {
  const channel = store.channels.get(store.place.id);
  replace(parts["place-head"], inApp() && bot() ? appHead(go) : channelHead(channel));
}

/** What stands at the beginning of every conversation. */
export function intro() {
  const channel = store.channels.get(store.place.id);
  if (!channel) return null;
  const other = channel.is_im ? partner(channel) : null;
  const face = other ? avatar(other, 48) : h("span.intro-face", {}, icon(channel.is_private ? "lock" : "hash", 24));
  const about = other?.is_bot ? "What csbot has for you, and only for you. Type /cs help to see what it can do."
    : other ? `Your conversation with ${nameOf(other)}.` : channel.topic || "The beginning of this channel.";
  return h("div.intro", { "data-testid": "intro" }, face, h("div", {}, h("h2", {}, channel.is_im ? channelLabel(channel) : `#${channel.name}`), h("p", {}, about)));
}

export function drawGuideToggle(done, all) {
  replace(parts["guide-toggle"], icon("compass", 16), h("span.guide-word", {}, "Guide"), all > 0 && h("b", {}, `${done}/${all}`));
  parts["guide-toggle"].setAttribute("aria-label", all ? `Guide, ${done} of ${all} steps done` : "Guide");
}

export function announce(text) {
  parts.live.textContent = "";
  requestAnimationFrame(() => (parts.live.textContent = text.slice(0, 240)));
}

export function showShade(open) {
  document.body.classList.toggle("sidebar-open", open);
  parts.shade.hidden = !open;
  parts["menu-toggle"].setAttribute("aria-expanded", String(open));
}
