// The demo's clock: shown in the acting person's zone, and movable forward.
import { busyWhile, h, icon, replace } from "./dom.js";
import { popover } from "./popover.js";
import { now, store, zone } from "./store.js";
import { clockHeading, clockTime, dayAt, fieldValue, instantOf, weekdayIndex, zoneName } from "./times.js";

const WEDNESDAY = 3;

function untilWednesday() {
  return (WEDNESDAY - weekdayIndex(now(), zone()) + 7) % 7 || 7;
}

function jumps() {
  return [
    { id: "plus-hour", label: "+1 hour", body: () => ({ advance: 3600 }) },
    { id: "tomorrow", label: "Tomorrow 08:30", body: () => ({ to: dayAt(now(), zone(), 1, "08:30").toISOString() }) },
    { id: "wednesday", label: "Next Wednesday 09:30", body: () => ({ to: dayAt(now(), zone(), untilWednesday(), "09:30").toISOString() }) },
  ];
}

export function drawClock(button) {
  const date = now();
  const words = `${clockHeading(date, zone())}, ${clockTime(date, zone())}`;
  replace(button, icon("clock", 16), h("span.clock-day", {}, clockHeading(date, zone())), h("b", {}, clockTime(date, zone())), h("span.clock-zone", {}, zoneName(date, zone())));
  button.setAttribute("aria-label", store.movable ? `The demo's clock: ${words}. Move it` : `The clock: ${words}`);
  button.classList.toggle("fixed", !store.movable);
}

export function openClock(button, move) {
  if (!store.movable) return;
  const shown = popover(button, panel(), { align: "end" });
  shown.place();

  async function go(control, body) {
    await busyWhile(control, () => move(body));
    shown.close(true);
  }

  function panel() {
    const field = h("input.field", { type: "datetime-local", value: fieldValue(now(), zone()), min: fieldValue(now(), zone()), "aria-label": "Date and time", "data-testid": "clock-custom" });
    const set = h("button.btn.primary", {
      type: "button", "data-testid": "clock-set",
      onclick: () => custom(),
    }, h("span.btn-label", {}, "Move"));
    const problem = h("p.field-error", { role: "alert" });
    function custom() {
      const to = field.value && instantOf(field.value, zone());
      if (to && to > now()) return go(set, { to: to.toISOString() });
      problem.textContent = "Please choose a time that is still to come.";
      return field.focus();
    }
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") set.click();
    });
    const quick = jumps().map((jump) => {
      const node = h("button.btn", { type: "button", "data-testid": `clock-${jump.id}`, onclick: () => go(node, jump.body()) }, h("span.btn-label", {}, jump.label));
      return node;
    });
    return h("div.clock-panel", { role: "dialog", "aria-label": "Move the clock", "data-testid": "clock-panel" },
      h("h2", {}, "Move the clock"),
      h("p", {}, "Reminders, digests and deadlines happen as time passes. It only moves forward."),
      h("div.clock-jumps", {}, quick),
      h("div.clock-custom", {}, field, set), problem,
      h("p.clock-note", {}, `Times are ${zone()}`));
  }
}
