// What the page knows about the workspace, and the lookups that drawing needs.
import { clockTime, dayKey } from "./times.js";

export const store = {
  team: null, me: null, seq: 0, run: null,
  users: new Map(), channels: new Map(), commands: [], shortcuts: [], guide: [],
  canKill: false, homeTab: true, movable: true, nowAt: null, nowRead: 0, running: false,
  place: { kind: "channel", id: null }, thread: null,
};

export function takeState(state) {
  store.team = state.team || { name: "Workspace" };
  store.me = typeof state.me === "string" ? state.me : state.me?.id || store.me;
  store.users = new Map((state.users || []).map((user) => [user.id, user]));
  store.channels = new Map((state.channels || []).map((channel) => [channel.id, channel]));
  store.commands = state.commands || [];
  store.shortcuts = state.shortcuts || [];
  store.guide = state.guide || [];
  store.canKill = state.can_kill === true;
  store.homeTab = state.home_tab !== false;
  store.movable = state.clock?.movable !== false;
  store.run = state.run;
  store.seq = Math.max(store.seq, state.seq || 0);
  takeNow(state.now, state.clock);
}

export function takeNow(iso, clock) {
  if (!iso) return;
  store.nowAt = Date.parse(iso);
  store.nowRead = performance.now();
  store.running = clock?.running !== false; // a frozen clock would have to say so
}

/** The workspace's time; it may have been moved far from the machine's. */
export function now() {
  if (store.nowAt === null) return new Date();
  return new Date(store.nowAt + (store.running ? performance.now() - store.nowRead : 0));
}

export function me() {
  return store.users.get(store.me) || { id: store.me, name: "", real_name: "" };
}

export function zone() {
  return me().tz || "UTC";
}

export function nameOf(user) {
  return user?.real_name || user?.name || "";
}

export function bot() {
  return [...store.users.values()].find((user) => user.is_bot && user.name !== "slackbot") || null;
}

export function people() {
  return [...store.users.values()].filter((user) => !user.is_bot && !user.deleted);
}

/** The person at the other end of a direct message. */
export function partner(channel) {
  return store.users.get(channel?.im_with) || null;
}

export function botChannel() {
  const app = bot();
  return [...store.channels.values()].find((c) => c.is_im && app && c.im_with === app.id) || null;
}

export function channelLabel(channel) {
  if (!channel) return "";
  return channel.is_im ? nameOf(partner(channel)) || channel.name || "Direct message" : `#${channel.name}`;
}

export function conversations(publicOnly) {
  return [...store.channels.values()]
    .filter((c) => !publicOnly || (!c.is_private && !c.is_im))
    .map((c) => ({ id: c.id, label: channelLabel(c) }));
}

const hooks = { openChannel: () => {} };

export function onOpenChannel(open) {
  hooks.openChannel = open;
}

/** What drawing a text needs to know: names, zone, now and who is reading. */
export function currentContext() {
  return {
    me: store.me, zone: zone(), now, people, conversations,
    userName: (id) => nameOf(store.users.get(id)),
    userTitle: (id) => store.users.get(id)?.title || "",
    channelName: (id) => {
      const channel = store.channels.get(id);
      return channel && !channel.is_im ? channel.name : "";
    },
    openChannel: (id) => hooks.openChannel(id),
    currentChannel: () => (store.place.kind === "channel" ? store.place.id : null),
  };
}

/** Changes with everything a drawn text depends on besides the message itself. */
export function contextKey() {
  return `${store.me}|${dayKey(now(), zone())}|${store.users.size}|${store.channels.size}`;
}

export function timeOf(ts) {
  return new Date(Number(String(ts).split(".")[0]) * 1000);
}

export function shortTime(ts) {
  return clockTime(timeOf(ts), zone());
}
