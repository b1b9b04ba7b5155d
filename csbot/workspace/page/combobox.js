// One searchable select for static options, suggestions of csbot, people and conversations.
import { h, icon, replace, spinner } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { popover } from "./popover.js";

let serial = 0;
const SUGGEST_PAUSE_MS = 180;

function matches(choice, words) {
  const text = `${choice.text} ${choice.description || ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function filtered(groups, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return groups
    .map((group) => ({ ...group, choices: group.choices.filter((c) => matches(c, words)) }))
    .filter((group) => group.choices.length);
}

/**
 * `load(query)` gives groups `[{label, choices: [{text, description, value, raw}]}]`, now or later.
 * `local` loads are filtered here; others are asked again for every pause in typing.
 */
export function combobox({ load, local, chosen, placeholder, attributes, onPick, minLength = 0, label }) {
  const id = `list-${(serial += 1)}`;
  let current = chosen;
  let shown = null;
  let rows = [];
  let active = -1;
  let asked = 0;
  let timer = null;

  const input = h("input.combo-input", {
    type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": id, "aria-label": label || placeholder || "Select",
    placeholder: placeholder || "Select an option", value: current?.text || "", ...attributes,
  });
  const box = h("div.combo", {}, input, icon("chevron", 16));
  const list = h("div.options", { role: "listbox", id, "aria-label": label || placeholder || "Options" });

  function mark(index) {
    active = index;
    rows.forEach((row, i) => row.node.setAttribute("aria-selected", String(i === index)));
    const node = rows[index]?.node;
    if (node) {
      input.setAttribute("aria-activedescendant", node.id);
      node.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  function pick(choice) {
    current = choice;
    input.value = choice.text;
    shown?.close();
    onPick(choice);
  }

  function option(choice) {
    const node = h("div.option", {
      role: "option", id: `${id}-${rows.length}`, "data-value": choice.value, "aria-selected": "false",
      onpointerdown: (event) => event.preventDefault(), onclick: () => pick(choice),
    }, h("span", {}, withEmoji(choice.text)), choice.description && h("small", {}, choice.description));
    if (current && current.value === choice.value) node.classList.add("chosen");
    rows.push({ node, choice });
    return node;
  }

  function draw(groups) {
    rows = [];
    const drawn = groups.map((group) => [
      group.label && h("div.option-group", { role: "presentation" }, group.label),
      group.choices.map(option),
    ]);
    replace(list, rows.length ? drawn : h("div.option-none", {}, "Nothing found"));
    mark(rows.length ? 0 : -1);
    shown?.place();
  }

  async function refresh(query) {
    if (query.length < minLength) {
      replace(list, h("div.option-none", {}, `Type ${minLength} or more characters`));
      return;
    }
    const turn = (asked += 1);
    const answer = load(query);
    if (answer instanceof Promise) replace(list, h("div.option-none", {}, spinner(), " Looking…"));
    const groups = await answer;
    if (turn === asked && shown) draw(local ? filtered(groups, query) : groups);
  }

  function open(query = "") {
    if (shown) return;
    shown = popover(input, list, { sameWidth: true, onClose: closed });
    refresh(query);
  }

  function closed() {
    shown = null;
    clearTimeout(timer);
    input.value = current?.text || "";
    input.removeAttribute("aria-activedescendant");
  }

  input.addEventListener("click", () => {
    open();
    input.select();
  });
  input.addEventListener("blur", () => shown?.close());
  input.addEventListener("input", () => {
    const query = input.value;
    open(query);
    clearTimeout(timer);
    timer = setTimeout(() => refresh(query), local ? 0 : SUGGEST_PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!shown) open();
      else if (rows.length) mark((active + (event.key === "ArrowUp" ? -1 : 1) + rows.length) % rows.length);
    } else if (event.key === "Enter" && shown) {
      event.preventDefault();
      if (rows[active]) pick(rows[active].choice);
    } else if (event.key === "Enter") {
      event.preventDefault();
      open();
    }
  });

  box.setChosen = (choice) => {
    current = choice;
    input.value = choice?.text || "";
  };
  return box;
}

/** The same for several choices: chips before the field, each with its own remove button. */
export function multiCombobox({ chosen, onChange, ...rest }) {
  let picked = [...chosen];
  const chips = h("span.chips", {});
  const field = combobox({
    ...rest, chosen: null,
    onPick: (choice) => {
      field.setChosen(null);
      if (!picked.some((c) => c.value === choice.value)) change([...picked, choice]);
    },
  });

  function change(next) {
    picked = next;
    draw();
    onChange(picked);
  }

  function draw() {
    replace(chips, picked.map((choice) => {
      const drop = () => change(picked.filter((c) => c.value !== choice.value));
      const remove = h("button", { type: "button", "aria-label": `Remove ${choice.text}`, onclick: drop }, icon("close", 12));
      return h("span.chip", { "data-value": choice.value }, choice.text, remove);
    }));
  }

  draw();
  return h("div.combo-multi", {}, chips, field);
}
