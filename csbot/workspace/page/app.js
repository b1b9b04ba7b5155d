// The page: shell first, then the state, then what is open; afterwards events keep it true.
import { get, listen, post } from "./api.js";
import { complain, interactions, sendText, stateFor } from "./calls.js";
import { drawClock, openClock } from "./clock.js";
import { composer } from "./composer.js";
import { replace } from "./dom.js";
import { announce, drawActAs, drawGuideToggle, drawPlaceHead, inApp, intro, parts, showShade } from "./frame.js";
import { checkEmojiFont } from "./emoji.js";
import { drawGuide, guideCount } from "./guide.js";
import { forgetHome, showHome } from "./home.js";
import { loadersFor, Refresher } from "./live.js";
import { MessageList } from "./messages.js";
import { hideView, showView } from "./modal.js";
import { permalink, readRoute, writeRoute } from "./route.js";
import { everywhereShortcuts } from "./shortcuts.js";
import { drawSidebar, waiting } from "./sidebar.js";
import { botChannel, channelLabel, me, nameOf, onOpenChannel, store, takeState } from "./store.js";
import { toast } from "./toast.js";

const CLOCK_TICK_MS = 15000;
const ROOMY_PX = 1000;
const NARROW_PX = 800;
let stopListening = () => {};

// --- what is on the screen -------------------------------------------------------------------

const calls = interactions({
  viewMayHaveChanged: () => refresher.mark("view"),
  refreshView: () => refresher.now("view"),
});

const options = (threaded) => () => ({
  channel: store.place.id, act: calls.act, suggest: calls.suggest, opened: () => refresher.mark("view"),
  openThread: threaded ? null : (message) => openThread(message.thread_ts || message.ts),
});

const list = new MessageList(parts.messages, { options: options(false), announce: speak, intro });
const threadList = new MessageList(parts["thread-messages"], { options: options(true), inThread: true, announce: speak });

function speak(message) {
  if (message.user !== store.me) announce(`${nameOf(store.users.get(message.user)) || "csbot"}: ${message.text || "new message"}`);
}

// --- loading ---------------------------------------------------------------------------------

/** True when the answer still belongs to what is open. */
function still(as, id) {
  return as === store.me && id === store.place.id;
}

async function loadMessages() {
  const { me: as, place: { id, kind } } = store;
  if (kind !== "channel" || !id) return;
  const unread = store.channels.get(id)?.unread || 0;
  const answer = await get("/ui/messages", { as, channel: id });
  if (still(as, id) && answer.messages) list.apply(answer.messages, unread);
}

async function loadThread() {
  const { me: as, place: { id }, thread } = store;
  if (!thread) return;
  const answer = await get("/ui/messages", { as, channel: id, thread_ts: thread });
  if (still(as, id) && thread === store.thread && answer.messages) threadList.apply(answer.messages);
}

async function loadView() {
  const as = store.me;
  const answer = await get("/ui/view", { as });
  if (as === store.me && answer.view !== undefined) showView(answer.view, calls);
}

async function loadHome() {
  const as = store.me;
  if (store.place.kind !== "home") return;
  const answer = await get("/ui/home", { as });
  if (as === store.me && store.place.kind === "home") showHome(parts.home, answer.view || null, calls);
}

async function loadState() {
  const as = store.me;
  const answer = await stateFor(as);
  if (!answer.users || as !== store.me) return;
  if (answer.run !== store.run) return restart(readRoute()); // the workspace itself was started anew
  takeState(answer);
  drawFrame();
}

const refresher = new Refresher({ messages: loadMessages, thread: loadThread, view: loadView, home: loadHome, state: loadState });

// --- the frame -------------------------------------------------------------------------------

function drawFrame() {
  parts["team-name"].textContent = store.team.name;
  const count = waiting();
  document.title = `${count ? `(${count}) ` : ""}${store.team.name} | csbot demo`;
  drawSidebar(parts.sidebar, go);
  drawPlaceHead(go);
  drawActAs(actAs);
  drawClock(parts.clock);
  drawGuidePanel();
  mainComposer.refresh();
}

function drawGuidePanel() {
  const { done, all } = guideCount();
  const usable = all > 0 || store.canKill;
  parts["guide-toggle"].hidden = !usable;
  drawGuideToggle(done, all);
  if (usable) drawGuide(parts.guide, { onKill: kill, onClose: () => showGuide(false), onTry: tryCommand });
  parts.guide.hidden = !usable || !document.body.classList.contains("guide-open");
}

function showGuide(open) {
  document.body.classList.toggle("guide-open", open);
  parts["guide-toggle"].setAttribute("aria-expanded", String(open));
  drawGuidePanel();
}

function tryCommand(text) {
  if (store.place.kind === "home" && botChannel()) go({ kind: "channel", id: botChannel().id });
  if (innerWidth <= NARROW_PX) showGuide(false);
  mainComposer.put(text);
}

async function kill() {
  const answer = complain(await post("/ui/kill", {}));
  if (answer.ok === false) return;
  if (answer.channel) await openChannel(answer.channel);
  toast(answer.text || "The worker was ended in the middle of its work. Watch what is lost: nothing.");
  refresher.mark("state");
}

async function moveClock(body) {
  const answer = complain(await post("/ui/clock", body));
  if (answer.ok !== false) await refresher.now("state");
  refresher.mark("messages", "thread", "home");
}

// --- where one is ----------------------------------------------------------------------------

function remember() {
  writeRoute({ as: store.me, place: store.place, thread: store.thread });
}

function go(place) {
  store.place = place;
  closeThread();
  showShade(false);
  const home = place.kind === "home";
  parts.home.hidden = !home;
  parts.messages.hidden = home;
  parts["composer-place"].hidden = home;
  drawSidebar(parts.sidebar, go);
  drawPlaceHead(go);
  mainComposer.refresh();
  if (home) return openHome();
  list.loading();
  return refresher.now("messages").then(() => refresher.mark("state"));
}

async function openHome() {
  remember();
  forgetHome();
  await refresher.now("home");
  await post("/ui/home_opened", { as: store.me });
  refresher.mark("home");
}

function openThread(ts) {
  store.thread = ts;
  parts.thread.hidden = false;
  document.body.classList.add("thread-open");
  parts["thread-place"].textContent = channelLabel(store.channels.get(store.place.id));
  threadList.loading();
  remember();
  refresher.now("thread");
  threadComposer.focusInput();
}

function closeThread() {
  store.thread = null;
  parts.thread.hidden = true;
  document.body.classList.remove("thread-open");
  remember();
}

async function openChannel(id, ts) {
  if (!store.channels.has(id)) return toast("You cannot see that conversation as this person.", "error");
  if (innerWidth <= NARROW_PX) showGuide(false);
  if (store.place.id !== id) await go({ kind: "channel", id });
  if (ts) list.reveal(ts);
  return undefined;
}

/** From the beginning, as another person or at another address. */
async function restart(route) {
  stopListening();
  hideView();
  store.seq = 0;
  await start(route);
}

async function actAs(id) {
  await restart({ as: id, place: store.place, thread: null });
  announce(`You are now ${nameOf(me())}`);
}

// --- writing ---------------------------------------------------------------------------------

async function write(text, threadTs) {
  (threadTs ? threadList : list).toEnd();
  const answer = await sendText(text, store.place.id, threadTs);
  refresher.mark("messages", "thread", "view");
  return answer.ok !== false;
}

function placeWords() {
  const label = channelLabel(store.channels.get(store.place.id));
  return label ? `Message ${label}` : "Message";
}

const mainComposer = composer({ testid: "composer", placeholder: placeWords, commands: true, send: (text) => write(text), shortcuts: () => everywhereShortcuts(() => refresher.mark("view")) });
const threadComposer = composer({ testid: "thread-composer-box", placeholder: () => "Reply…", commands: false, send: (text) => write(text, store.thread) });

// --- starting --------------------------------------------------------------------------------

function firstPlace(wanted) {
  if (wanted.kind === "home") return wanted;
  if (wanted.id && store.channels.has(wanted.id)) return wanted;
  const first = botChannel() || [...store.channels.values()].find((c) => !c.is_im);
  return first ? { kind: "channel", id: first.id } : { kind: "home", id: null };
}

/** Direct messages belong to one person; after a switch the app's conversation is the new one's own. */
async function start({ as, place, thread }) {
  const wasInApp = place.kind === "channel" && inApp();
  const state = await stateFor(as);
  if (!state.users) return retryStart({ as, place, thread }, state);
  store.me = null;
  takeState(state);
  drawFrame();
  document.body.classList.remove("starting");
  const opened = go(firstPlace(wasInApp ? { kind: "channel", id: botChannel()?.id } : place));
  refresher.mark("view");
  stopListening = listen(store.me, store.seq, { onEvent, onStatus });
  await opened;
  if (thread && store.place.kind === "channel") openThread(thread);
  return undefined;
}

function retryStart(route, answer) {
  parts.offline.hidden = false;
  console.warn("the workspace is not ready", answer.error);
  setTimeout(() => start(route), 1000);
}

function onEvent(event) {
  const leadsTo = event.channel && (() => openChannel(event.channel, event.ts));
  if (event.type === "toast") toast(event.text || "", event.kind === "error" ? "error" : "info", leadsTo);
  else refresher.mark(...loadersFor(event, store.place.id));
}

let wasOffline = false;
function onStatus(connected) {
  parts.offline.hidden = connected;
  if (!connected) refresher.mark("state"); // of a workspace that does not know this person, too
  else if (wasOffline) refresher.mark("state", "messages", "thread", "view", "home");
  wasOffline = !connected;
}

function followPermalink(event) {
  const anchor = event.target.closest?.("a[href]");
  const target = anchor && permalink(anchor.href);
  if (!target || !store.channels.has(target.channel)) return;
  event.preventDefault();
  openChannel(target.channel, target.ts);
}

function wire() {
  replace(parts["composer-place"], mainComposer);
  replace(parts["thread-composer"], threadComposer);
  onOpenChannel(openChannel);
  parts["guide-toggle"].addEventListener("click", () => showGuide(parts.guide.hidden));
  parts.clock.addEventListener("click", () => openClock(parts.clock, moveClock));
  parts["menu-toggle"].addEventListener("click", () => showShade(parts.shade.hidden));
  parts.shade.addEventListener("click", () => showShade(false));
  document.getElementById("thread-close").addEventListener("click", closeThread);
  document.addEventListener("click", followPermalink);
  addEventListener("hashchange", () => restart(readRoute()));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (!parts.shade.hidden) showShade(false);
    else if (store.thread) closeThread();
  });
  setInterval(() => drawClock(parts.clock), CLOCK_TICK_MS);
  const roomy = matchMedia(`(min-width: ${ROOMY_PX}px)`);
  document.body.classList.toggle("guide-open", roomy.matches);
  parts["guide-toggle"].setAttribute("aria-expanded", String(roomy.matches));
  let gaveWay = false;
  roomy.addEventListener("change", () => {  // in a narrow window it would lie over everything
    if (!roomy.matches) gaveWay = document.body.classList.contains("guide-open");
    if (gaveWay) showGuide(roomy.matches);
  });
}

wire();
checkEmojiFont();
start(readRoute());
