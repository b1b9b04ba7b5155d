// The guide: six things to try, each ticked from what really happened.
import { busyWhile, h, icon, replace } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { currentContext, store } from "./store.js";

let before = new Set();

/** A command in a step can be pressed: it is put into the message box, to be sent by hand. */
function tryable(body, onTry) {
  for (const code of body.querySelectorAll("code")) {
    const text = code.textContent;
    if (!text.startsWith("/")) continue;
    const byKey = (event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), onTry(text));
    const attributes = { role: "button", tabindex: "0", title: "Put this into the message box", "data-testid": "guide-try" };
    // a real button cannot break across lines as words do
    code.replaceWith(h("code.try", { ...attributes, onclick: () => onTry(text), onkeydown: byKey }, text));
  }
  return body;
}

function step(entry, current, onTry) {
  const done = entry.done === true;
  const fresh = done && !before.has(entry.n) && before.size > 0;
  const mark = h(`span.tick${fresh ? ".fresh" : ""}`, { "aria-hidden": "true" }, done ? icon("check", 14) : String(entry.n));
  const attributes = { "data-testid": `guide-step-${entry.n}`, "data-done": String(done), "aria-current": current ? "step" : null };
  return h("li.step", attributes, mark, h("div", {},
    h("h3", {}, mrkdwn(entry.title, currentContext()), done && h("span.sr-only", {}, " (done)")),
    tryable(h("div.step-body", {}, mrkdwn(entry.body || "", currentContext())), onTry)));
}

export function guideCount() {
  return { done: store.guide.filter((s) => s.done).length, all: store.guide.length };
}

export function drawGuide(root, { onKill, onClose, onTry }) {
  const { done, all } = guideCount();
  const next = store.guide.find((s) => !s.done);
  const kill = store.canKill && h("button.btn.kill", { type: "button", "data-testid": "kill-worker", onclick: () => busyWhile(kill, onKill) },
    icon("bolt", 16), h("span.btn-label", {}, "Kill the worker"));
  replace(root,
    h("header.panel-head", {},
      h("h2", {}, "Try it in five minutes"),
      h("button.icon-button", { type: "button", "aria-label": "Hide the guide", "data-testid": "guide-close", onclick: onClose }, icon("close"))),
    h("div.panel-scroll", { tabindex: "0", role: "region", "aria-label": "Guide" },
      h("div.progress", { role: "progressbar", "aria-valuemin": "0", "aria-valuemax": String(all), "aria-valuenow": String(done), "aria-label": "Steps done" },
        h("span", { style: { width: `${all ? (100 * done) / all : 0}%` } })),
      h("p.progress-words", {}, done === all && all ? "All done. The rest is yours to explore." : `${done} of ${all} done`),
      done === all && all > 0 && h("div.what-next", { "data-testid": "guide-next" },
        h("p", {}, h("b", {}, "With your own accounts: "), h("code", {}, "csbot demo --import accounts.csv")),
        h("p", {}, h("b", {}, "In your Slack: "), h("code", {}, "csbot manifest --link"))),
      h("ol.steps", {}, store.guide.map((s) => step(s, s === next, onTry))),
      kill && h("div.kill-box", {}, kill, h("p", {}, "Ends the sending process at once. It starts again by itself."))));
  before = new Set(store.guide.filter((s) => s.done).map((s) => s.n));
  if (!before.size) before.add("none");
}
