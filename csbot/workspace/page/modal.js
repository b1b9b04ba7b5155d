// Modals of csbot: drawn from the view at the top of the acting person's stack.
import { busyWhile, h, icon, replace, spinner } from "./dom.js";
import { drawBlocks } from "./blocks.js";
import { openDialog } from "./dialog.js";
import { fieldProblem } from "./fields.js";
import { showFieldError } from "./inputs.js";
import { plainWords } from "./mrkdwn.js";
import { currentContext } from "./store.js";
import { Surface } from "./surface.js";

let shown = null;
const touchedBy = new Map();

function rememberedFor(viewId) {
  if (!touchedBy.has(viewId)) touchedBy.set(viewId, new Map());
  return touchedBy.get(viewId);
}

function surfaceFor(view, calls) {
  return new Surface({
    kind: "modal", ctx: currentContext(), scope: { view_id: view.id },
    act: calls.act, suggest: calls.suggest, touched: rememberedFor(view.id),
  });
}

/** Brings the dialog in line with the view; null closes it. */
export function showView(view, calls) {
  if (!view) return hideView();
  const same = JSON.stringify({ ...view, state: null });
  if (shown?.same === same) return undefined;
  if (!shown) shown = frame(calls);
  const sameView = shown.view?.id === view.id;
  shown.view = view;
  shown.same = same;
  draw(shown, view, calls, sameView);
  return undefined;
}

export function hideView() {
  shown?.dialog.dispose();
  shown = null;
  touchedBy.clear();
}

export function openViewId() {
  return shown?.view?.id || null;
}

function frame(calls) {
  const form = h("form.modal-form", { novalidate: true, "data-testid": "modal-form" });
  const dialog = openDialog({ title: "", body: form, foot: [], testid: "modal", onCancel: () => dismiss(calls) });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    shown?.submit?.click();
  });
  return { dialog, form };
}

async function dismiss(calls) {
  const view = shown?.view;
  if (!view) return;
  const answer = await calls.close(view.id);
  if (shown?.view?.id === view.id) await calls.refresh(answer);
}

function focusMemory(root) {
  const held = document.activeElement;
  if (!held || !root.contains(held)) return null;
  return { block: held.dataset.blockId, action: held.dataset.actionId, from: held.selectionStart, to: held.selectionEnd };
}

function restoreFocus(root, memory) {
  const fields = [...root.querySelectorAll("[data-action-id]")];
  const again = memory && fields.find((n) => n.dataset.blockId === memory.block && n.dataset.actionId === memory.action);
  if (!again) return false;
  again.focus();
  if (typeof memory.from === "number") again.setSelectionRange?.(memory.from, memory.to);
  return true;
}

function draw(state, view, calls, sameView) {
  const { dialog, form } = state;
  const memory = sameView ? focusMemory(form) : null;
  const scroll = sameView ? dialog.content.scrollTop : 0;
  state.surface = surfaceFor(view, calls);
  dialog.node.dataset.viewId = view.id;
  dialog.node.dataset.callbackId = view.callback_id || "";
  replace(dialog.heading, plainWords(view.title) || "csbot");
  state.banner = h("div.modal-banner", { role: "alert", hidden: true, "data-testid": "modal-banner" });
  // without a submit button of the form's own, Enter in a text field would reload the page
  const enter = h("button", { type: "submit", hidden: true, tabindex: "-1", "aria-hidden": "true" });
  replace(form, state.banner, drawBlocks(view.blocks, state.surface), enter);
  replace(dialog.feet, feet(state, view, calls));
  dialog.content.scrollTop = scroll;
  if (!restoreFocus(form, memory)) firstFocus(form, dialog);
}

function firstFocus(form, dialog) {
  const wanted = form.querySelector("[autofocus]") || form.querySelector(".input-block [data-action-id]") || form.querySelector("[data-action-id]");
  (wanted || dialog.feet.querySelector("button") || dialog.node).focus({ preventScroll: true });
}

function feet(state, view, calls) {
  const close = h("button.btn", { type: "button", "data-testid": "modal-close", onclick: () => dismiss(calls) }, h("span.btn-label", {}, plainWords(view.close) || "Cancel"));
  state.submit = view.submit
    ? h("button.btn.primary", { type: "button", "data-testid": "modal-submit", onclick: () => send(state, view, calls) }, h("span.btn-label", {}, plainWords(view.submit)))
    : null;
  if (!view.submit && !view.close) replace(close, h("span.btn-label", {}, "Close"));
  return [close, state.submit];
}

function localErrors(state, view) {
  const values = state.surface.values();
  const errors = {};
  for (const block of view.blocks || []) {
    if (block.type !== "input") continue;
    const problem = fieldProblem(block, values[block.block_id]?.[block.element?.action_id]);
    if (problem) errors[block.block_id] = problem;
  }
  return errors;
}

function showErrors(state, view, errors) {
  let first = null;
  for (const block of view.blocks || []) {
    if (block.type !== "input") continue;
    const field = showFieldError(state.form, block.block_id, errors[block.block_id]);
    if (errors[block.block_id] && !first) first = field;
  }
  first?.focus();
  const homeless = Object.entries(errors).filter(([id]) => !(view.blocks || []).some((b) => b.type === "input" && b.block_id === id));
  if (homeless.length) banner(state, homeless.map(([, text]) => text).join(" "));
}

function banner(state, text) {
  state.banner.hidden = !text;
  replace(state.banner, text ? [icon("warn", 16), h("span", {}, text)] : []);
}

async function send(state, view, calls) {
  const errors = localErrors(state, view);
  banner(state, "");
  showErrors(state, view, errors);
  if (Object.keys(errors).length) return;
  state.dialog.node.classList.add("submitting");
  state.submit.append(spinner());
  const answer = await busyWhile(state.submit, () => calls.submit(view.id, state.surface.values()));
  state.dialog.node.classList.remove("submitting");
  state.submit.querySelector(".spinner")?.remove();
  if (!answer) return;
  if (answer.errors) showErrors(state, view, answer.errors);
  else if (!answer.ok) banner(state, calls.sentence(answer));
  else await calls.refresh(answer);
}
