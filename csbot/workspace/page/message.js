// One message: who, when, what, and what can be done with it.
import { h, icon } from "./dom.js";
import { avatar } from "./avatar.js";
import { drawBlocks } from "./blocks.js";
import { imageNode } from "./elements.js";
import { mrkdwn } from "./mrkdwn.js";
import { messageShortcuts } from "./shortcuts.js";
import { contextKey, currentContext, nameOf, shortTime, store, timeOf, zone } from "./store.js";
import { Surface } from "./surface.js";
import { fullTime } from "./times.js";

const touchedBy = new Map();

/** What a person has chosen in a message's menus outlives the redrawing of the message. */
function touchedIn(channel, ts) {
  const key = `${store.me}|${channel}|${ts}`;
  if (!touchedBy.has(key)) touchedBy.set(key, new Map());
  return touchedBy.get(key);
}

function author(message) {
  const known = store.users.get(message.user);
  const app = typeof message.bot === "object" ? message.bot : null;
  return {
    user: known || { id: message.user, real_name: app?.name || message.username || "csbot", is_bot: Boolean(message.bot) },
    isBot: Boolean(message.bot || message.bot_id) || known?.is_bot === true,
  };
}

function head(message, who) {
  const date = timeOf(message.ts);
  return h("div.message-head", {},
    h("span.author", {}, nameOf(who.user)), who.isBot && h("span.app-badge", {}, "APP"),
    h("time.when", { datetime: date.toISOString(), title: fullTime(date, zone()) }, shortTime(message.ts)));
}

function replies(message, openThread) {
  if (!message.reply_count || !openThread) return null;
  const words = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  return h("button.replies", { type: "button", "data-testid": "thread-link", onclick: () => openThread(message) }, icon("thread", 15), words);
}

/** A reply that was also sent to the channel says where it belongs. */
function origin(message, openThread) {
  if (!openThread || !message.thread_ts || message.thread_ts === message.ts || message.ephemeral) return null;
  return h("button.origin", { type: "button", "data-testid": "thread-origin", onclick: () => openThread(message) }, icon("thread", 14), "replied to a thread");
}

function tools(message, options) {
  if (message.ephemeral) {
    return h("button.dismiss", { type: "button", "data-testid": "dismiss", onclick: () => options.dismiss(message) }, "Dismiss");
  }
  const more = messageShortcuts(message, options.channel, options.opened);
  if (!options.openThread) return more && h("div.message-tools", {}, more);
  return h("div.message-tools", {},
    h("button.icon-button", { type: "button", "aria-label": "Reply in thread", title: "Reply in thread", "data-testid": "reply-in-thread", onclick: () => options.openThread(message) }, icon("thread", 16)),
    more);
}

function content(message, options) {
  const ctx = currentContext();
  const surface = new Surface({
    kind: "message", ctx, scope: { channel: options.channel, message_ts: message.ts },
    act: options.act, suggest: options.suggest, touched: touchedIn(options.channel, message.ts),
  });
  if (message.blocks?.length) return drawBlocks(message.blocks, surface);
  const edited = message.edited && h("span.edited", {}, " (edited)");
  return h("div.text", {}, mrkdwn(message.text, ctx), edited);
}

/** What was uploaded with the message: a picture is shown, and opens by itself; else its title. */
function shared(file) {
  const address = `/files/${encodeURIComponent(file.id)}`;
  const title = file.title || file.name;
  const link = { href: address, target: "_blank", rel: "noopener" };
  if (!file.mimetype?.startsWith("image/")) return h("p.note", {}, h("a", link, title));
  return h("figure.image", { "data-testid": "shared-file" },
    h("figcaption", {}, title), h("a", link, imageNode(address, file.alt_txt || title, true)));
}

/** Equal signatures mean that a drawn message may stay as it is. */
export function signature(message, compact) {
  return JSON.stringify([message, compact]);
}

export function drawingKey() {
  return contextKey();
}

export function messageNode(message, compact, options) {
  const who = author(message);
  const side = compact ? h("time.when.compact", { "aria-hidden": "true" }, shortTime(message.ts)) : avatar(who.user);
  const classes = ["message", compact && "compact", message.ephemeral && "ephemeral", who.isBot && "from-app"].filter(Boolean).join(".");
  const note = message.ephemeral && h("div.only-you", {}, icon("eye", 14), "Only visible to you");
  return h(`article.${classes}`, {
    "data-ts": message.ts, "data-user": message.user || "", "data-ephemeral": message.ephemeral ? "true" : null,
    "data-testid": "message", tabindex: "-1", "aria-label": `${nameOf(who.user)}, ${shortTime(message.ts)}`,
  }, h("div.message-side", {}, side),
  h("div.message-main", {}, note, compact ? null : head(message, who), origin(message, options.openThread), content(message, options), (message.files || []).map(shared), replies(message, options.openThread)),
  tools(message, options));
}
