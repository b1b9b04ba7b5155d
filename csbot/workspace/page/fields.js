// Text, number, date and choice fields.
import { h } from "./dom.js";
import { plainWords, textObject } from "./mrkdwn.js";
import { fieldValue, instantOf } from "./times.js";

const SETTLE_MS = 700;

function common(options) {
  return {
    ...options.identity, id: options.fieldId, "aria-describedby": options.describedBy,
    "aria-required": options.required ? "true" : null, "aria-label": options.fieldId ? null : options.label || null,
  };
}

function fires(spec, when) {
  return (spec.dispatch_action_config?.trigger_actions_on || ["on_enter_pressed"]).includes(when);
}

function typed(node, spec, block, surface, options) {
  const tell = () => options.onChange(node, { value: node.value || null });
  node.addEventListener("input", () => {
    surface.set(block, spec, { value: node.value || null });
    if (options.dispatch !== false && fires(spec, "on_character_entered")) tell();
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || options.dispatch === false) return;
    if (!fires(spec, "on_enter_pressed")) return;
    event.preventDefault();
    tell();
  });
  return node;
}

function limits(spec) {
  return { placeholder: spec.placeholder ? plainWords(spec.placeholder) : null, autofocus: spec.focus_on_load === true };
}

function plainTextInput(spec, block, surface, options) {
  const held = surface.register(block, spec, { value: spec.initial_value ?? null });
  const attributes = { ...common(options), ...limits(spec), maxlength: spec.max_length ?? 3000, value: held.value ?? "" };
  const node = spec.multiline
    ? h("textarea.field", { ...attributes, rows: "4" })
    : h("input.field", { ...attributes, type: "text", autocomplete: "off" });
  return typed(node, spec, block, surface, options);
}

function typedInput(type, mode) {
  return (spec, block, surface, options) => {
    const held = surface.register(block, spec, { value: spec.initial_value ?? null });
    const attributes = { ...common(options), ...limits(spec), type, inputmode: mode(spec), value: held.value ?? "", autocomplete: "off" };
    return typed(h("input.field", attributes), spec, block, surface, options);
  };
}

function richTextInput(spec, block, surface, options) {
  const held = surface.register(block, spec, { rich_text_value: spec.initial_value ?? null });
  const start = (held.rich_text_value?.elements || []).flatMap((e) => e.elements || []).map((e) => e.text || "").join("");
  const node = h("textarea.field", { ...common(options), ...limits(spec), rows: "4", value: start });
  node.addEventListener("input", () => {
    const section = { type: "rich_text_section", elements: [{ type: "text", text: node.value }] };
    surface.set(block, spec, { rich_text_value: node.value ? { type: "rich_text", elements: [section] } : null });
  });
  return node;
}

/** Date fields change with every keystroke; the press is sent once the hand rests. */
function settled(node, send) {
  let timer = null;
  const now = () => {
    clearTimeout(timer);
    timer = null;
    send();
  };
  node.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(now, SETTLE_MS);
  });
  node.addEventListener("blur", () => timer && now());
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && timer) {
      event.preventDefault();
      now();
    }
  });
}

function picker({ type, name, initial, read, show }) {
  return (spec, block, surface, options) => {
    const held = surface.register(block, spec, { [name]: spec[initial] ?? null });
    const label = options.label || (spec.placeholder ? plainWords(spec.placeholder) : "Pick a date or time");
    const node = h("input.field.picker", { ...common({ ...options, label }), type, value: show(held[name], surface.ctx) });
    let last = held[name];
    node.addEventListener("change", () => surface.set(block, spec, { [name]: read(node.value, surface.ctx) }));
    settled(node, () => {
      const value = read(node.value, surface.ctx);
      if (value === last || (value && /^0/.test(node.value) && type !== "time")) return;
      last = value;
      options.onChange(node, { [name]: value });
    });
    return node;
  };
}

const asIs = { read: (text) => text || null, show: (value) => value || "" };
const instants = {
  read: (text, ctx) => (text ? Math.round(instantOf(text, ctx.zone) / 1000) : null),
  show: (value, ctx) => (value ? fieldValue(new Date(value * 1000), ctx.zone) : ""),
};

let serial = 0;

function choices(type, many) {
  return (spec, block, surface, options) => {
    const name = many ? "selected_options" : "selected_option";
    const held = surface.register(block, spec, { [name]: (many ? spec.initial_options : spec.initial_option) ?? (many ? [] : null) });
    const group = `choice-${(serial += 1)}`;
    const isOn = (option) => (many ? held[name] : [held[name]]).some((o) => o?.value === option.value);
    const boxes = (spec.options || []).map((option) => {
      const box = h("input", { type, name: group, value: option.value, checked: isOn(option), "data-value": option.value });
      const words = h("span", {}, textObject(option.text, surface.ctx), option.description && h("small", {}, textObject(option.description, surface.ctx)));
      return { box, option, node: h("label.choice", {}, box, words) };
    });
    const node = h("div.choices", {
      ...options.identity, id: options.fieldId, role: many ? "group" : "radiogroup", tabindex: options.fieldId ? "-1" : null,
      "aria-labelledby": options.labelId || null, "aria-describedby": options.describedBy, "aria-label": options.labelId ? null : options.label || "Choices",
    }, boxes.map((b) => b.node));
    node.addEventListener("change", () => {
      const on = boxes.filter((b) => b.box.checked).map((b) => b.option);
      const value = { [name]: many ? on : on[0] || null };
      surface.set(block, spec, value);
      options.onChange(node, value);
    });
    return node;
  };
}

export const FIELDS = {
  plain_text_input: plainTextInput,
  email_text_input: typedInput("text", () => "email"),
  url_text_input: typedInput("text", () => "url"),
  number_input: typedInput("text", (spec) => (spec.is_decimal_allowed ? "decimal" : "numeric")),
  rich_text_input: richTextInput,
  datepicker: picker({ type: "date", name: "selected_date", initial: "initial_date", ...asIs }),
  timepicker: picker({ type: "time", name: "selected_time", initial: "initial_time", ...asIs }),
  datetimepicker: picker({ type: "datetime-local", name: "selected_date_time", initial: "initial_date_time", ...instants }),
  checkboxes: choices("checkbox", true),
  radio_buttons: choices("radio", false),
};

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

function isEmpty(value) {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

function textProblem(spec, value) {
  if (spec.type === "email_text_input" && !EMAIL.test(value)) return "This is not an e-mail address yet.";
  if (spec.type === "url_text_input" && !/^https?:\/\/\S+$/.test(value)) return "A link starts with https:// or http://.";
  if (spec.min_length && value.length < spec.min_length) return `At least ${spec.min_length} characters, please.`;
  return spec.type === "number_input" ? numberProblem(spec, value) : null;
}

function numberProblem(spec, value) {
  const shape = spec.is_decimal_allowed ? /^-?\d+([.]\d+)?$/ : /^-?\d+$/;
  if (!shape.test(value.trim())) return spec.is_decimal_allowed ? "Please write a number." : "Please write a whole number.";
  const number = Number(value);
  if (spec.min_value !== undefined && number < Number(spec.min_value)) return `${spec.min_value} or more, please.`;
  if (spec.max_value !== undefined && number > Number(spec.max_value)) return `${spec.max_value} or less, please.`;
  return null;
}

/** What Slack itself would say about a field before asking csbot; null when all is well. */
export function fieldProblem(block, held) {
  const value = Object.entries(held || {}).find(([name]) => name !== "type")?.[1];
  if (isEmpty(value)) return block.optional ? null : "Please complete this required field.";
  return typeof value === "string" ? textProblem(block.element, value) : null;
}
