// A list of messages that follows what the workspace says without redrawing what has not changed.
import { h, icon, replace } from "./dom.js";
import { drawingKey, messageNode, signature } from "./message.js";
import { isHeld } from "./press.js";
import { now, timeOf, zone } from "./store.js";
import { dayHeading, dayKey } from "./times.js";

const TOGETHER_S = 300;
const AT_END_PX = 60;
const HEAD_ROOM_PX = 24;

function follows(message, before) {
  if (!before || before.user !== message.user || Boolean(before.bot) !== Boolean(message.bot)) return false;
  if (message.blocks?.length || before.blocks?.length || before.ephemeral || message.ephemeral) return false;
  return Number(message.ts) - Number(before.ts) < TOGETHER_S;
}

function dayRow(day, date) {
  return { key: `day:${day}`, sig: dayHeading(date, now(), zone()), draw: () => h("div.day", { role: "separator" }, h("span", {}, dayHeading(date, now(), zone()))) };
}

function rowsOf(messages, options, { inThread }) {
  const rows = [];
  let day = null;
  messages.forEach((message, i) => {
    const date = timeOf(message.ts);
    const today = dayKey(date, zone());
    const newDay = today !== day && !inThread;
    if (newDay) rows.push(dayRow(today, date));
    day = today;
    const compact = !newDay && !(inThread && i < 2) && follows(message, messages[i - 1]);
    rows.push({ key: `${message.ephemeral ? "e" : "m"}:${message.ts}`, sig: signature(message, compact), message, draw: () => messageNode(message, compact, options) });
    if (inThread && i === 0) rows.push(countRow(messages.length - 1));
  });
  return rows;
}

function countRow(count) {
  const words = count === 0 ? "No replies yet" : count === 1 ? "1 reply" : `${count} replies`;
  return { key: "count", sig: words, draw: () => h("div.day.count", {}, h("span", {}, words)) };
}

function focusedAction(node) {
  const held = document.activeElement;
  return held && node.contains(held) ? held.dataset.actionId || "" : null;
}

export class MessageList {
  /** `root` scrolls; `options` are the callbacks of a message; `intro` is what stands before the first. */
  constructor(root, { options, inThread = false, announce, intro }) {
    this.root = root;
    this.options = options;
    this.inThread = inThread;
    this.announce = announce || (() => {});
    this.intro = intro || null;
    this.drawn = new Map();
    this.hidden = new Set();
    this.newest = null;
    this.inner = h("div.message-inner", {});
    this.jump = h("button.jump", { type: "button", hidden: true, "data-testid": "jump", onclick: () => this.toEnd() }, icon("chevron", 14), "New messages");
    replace(root, this.inner, this.jump);
    root.addEventListener("scroll", () => this.atEnd() && (this.jump.hidden = true), { passive: true });
    new ResizeObserver(() => this.stays() && !isHeld() && this.toEnd()).observe(this.inner);
    root.addEventListener("scroll", () => (this.pinned = this.atEnd()), { passive: true });
    this.pinned = true;
    this.endedAt = 0;
  }

  /** Whether the end is what is read: a browser that is busy tells of a scroll only later, so where the list stands counts. */
  stays() {
    return this.pinned && (this.root.scrollTop >= this.endedAt || this.atEnd());
  }

  atEnd() {
    return this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < AT_END_PX;
  }

  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
    this.endedAt = this.root.scrollTop;
    this.jump.hidden = true;
    this.pinned = true;
  }

  /** The end, unless what is new from this message on is so tall that its first line would be out of sight. */
  toNewest(message) {
    this.toEnd();
    const node = message && [...this.inner.querySelectorAll("[data-ts]")].findLast((n) => n.dataset.ts === message.ts);
    if (!node || node.offsetTop >= this.root.scrollTop) return;
    this.pinned = false;
    this.root.scrollTop = node.offsetTop - HEAD_ROOM_PX / 2;
  }

  loading() {
    this.drawn.clear();
    this.newest = null;
    this.pinned = true;
    this.jump.hidden = true;
    const line = (width) => h("span.bone", { style: { width } });
    replace(this.inner, [1, 2, 3].map(() => h("div.skeleton", { "aria-hidden": "true" }, h("span.bone.face"), h("div", {}, line("30%"), line("80%"), line("55%")))));
  }

  dismiss(message) {
    this.hidden.add(message.ts);
    if (this.last) this.apply(this.last);
  }

  /** `unread` of them are new to the reader: when a list is opened it begins with those. */
  apply(messages, unread = 0) {
    this.last = messages;
    const first = this.newest === null;
    const visible = messages.filter((m) => !(m.ephemeral && this.hidden.has(m.ts)));
    const options = { ...this.options(), dismiss: (m) => this.dismiss(m) };
    const rows = rowsOf(visible, options, this);
    const opening = this.intro?.();
    if (opening) rows.unshift({ key: "intro", sig: opening.textContent, draw: () => opening });
    this.sync(rows, first);
    this.after(visible, first && unread > 0 ? visible.slice(-unread)[0] : visible.at(-1), first);
  }

  sync(rows, first) {
    const key = drawingKey();
    const wanted = new Set(rows.map((row) => row.key));
    for (const [name, { node }] of this.drawn) if (!wanted.has(name)) { node.remove(); this.drawn.delete(name); }
    for (const child of [...this.inner.children]) if (![...this.drawn.values()].some((d) => d.node === child)) child.remove();
    const nodes = rows.map((row) => this.rowNode(row, key, first));
    let at = this.inner.firstChild;
    for (const node of nodes) {
      if (node === at) at = at.nextSibling;
      else this.inner.insertBefore(node, at);
    }
  }

  rowNode(row, key, first) {
    const old = this.drawn.get(row.key);
    if (old && old.sig === row.sig && old.key === key) return old.node;
    const node = row.draw();
    this.drawn.set(row.key, { node, sig: row.sig, key });
    if (!old) {
      if (!first && row.message) node.classList.add("arrived");
      return node;
    }
    const focus = focusedAction(old.node);
    old.node.replaceWith(node);
    if (focus !== null) ([...node.querySelectorAll("[data-action-id]")].find((n) => n.dataset.actionId === focus) || node).focus({ preventScroll: true });
    if (row.message && old.sig !== row.sig) node.classList.add("flash");
    return node;
  }

  after(messages, begin, first) {
    const last = messages.at(-1);
    const arrived = last && this.newest !== null && Number(last.ts) > Number(this.newest);
    if (first) this.toNewest(begin);
    else if (arrived && this.stays()) this.toNewest(last);
    else if (this.stays()) this.toEnd();
    else if (arrived) this.jump.hidden = false;
    if (arrived) this.announce(last);
    this.newest = last?.ts || "0";
  }

  /** Scrolls to one message and shows for a moment which it is. */
  reveal(ts) {
    const node = [...this.inner.querySelectorAll("[data-ts]")].find((n) => n.dataset.ts === ts);
    if (!node) return false;
    this.pinned = false;
    node.scrollIntoView({ block: "center" });
    node.classList.add("flash");
    node.focus({ preventScroll: true });
    return true;
  }
}
