// The box people write in: commands, mentions, history.
import { h, icon, replace } from "./dom.js";
import { avatar } from "./avatar.js";
import { choicesFor } from "./complete.js";
import { nameOf } from "./store.js";

const history = [];
let serial = 0;
const MOST_PX = 180;

function choiceNode(choice, id) {
  const attributes = { role: "option", id, "aria-selected": "false", "data-insert": choice.insert.trim() };
  if (choice.kind === "person") {
    return h("div.option.person", attributes, avatar(choice.user, 24), h("b", {}, nameOf(choice.user)), h("small", {}, choice.user.title || ""));
  }
  return h("div.option.command", attributes,
    h("span.command-line", {}, h("b", {}, choice.command), choice.usage && h("code", {}, choice.usage)), h("small", {}, choice.hint));
}

/** `send(text)` resolves to false when the text should come back into the box. */
export function composer({ testid, placeholder, commands, send, shortcuts }) {
  const listId = `complete-${(serial += 1)}`;
  let choices = [];
  let active = -1;
  let at = history.length;
  let busy = 0;

  const area = h("textarea", {
    rows: "1", "data-testid": `${testid}-input`, "aria-label": placeholder(), placeholder: placeholder(), role: "combobox",
    "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list", spellcheck: "true", enterkeyhint: "send",
  });
  const list = h("div.complete", { role: "listbox", id: listId, "aria-label": "Suggestions", hidden: true, "data-testid": `${testid}-suggestions` });
  const button = h("button.send", { type: "button", "aria-label": "Send", "data-testid": `${testid}-send`, onclick: () => submit() }, icon("send", 18));
  const tip = h("div.composer-tip", {}, commands ? "Type / for commands, @ to mention. Enter sends, Shift+Enter starts a line." : "Enter sends, Shift+Enter starts a line.");
  const box = h("div.composer-box", {}, area, button);
  const node = h("div.composer", { "data-testid": testid }, list, box, tip);

  function resize() {
    area.style.height = "auto";
    const needed = area.scrollHeight;
    // else a row that has not been measured yet shows the arrows of a scrollbar
    area.style.overflowY = needed > MOST_PX ? "auto" : "hidden";
    if (area.value) area.style.height = `${Math.min(needed, MOST_PX)}px`;
    button.classList.toggle("ready", area.value.trim() !== "");
  }

  addEventListener("resize", resize);

  function mark(index) {
    active = index;
    [...list.children].forEach((child, i) => child.setAttribute("aria-selected", String(i === index)));
    const node_ = list.children[index];
    if (node_) {
      area.setAttribute("aria-activedescendant", node_.id);
      node_.scrollIntoView({ block: "nearest" });
    } else area.removeAttribute("aria-activedescendant");
  }

  function hide() {
    choices = [];
    list.hidden = true;
    area.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  function suggest() {
    choices = choicesFor(area.value, area.selectionStart, { commands });
    if (!choices.length) return hide();
    replace(list, choices.map((choice, i) => {
      const row = choiceNode(choice, `${listId}-${i}`);
      row.addEventListener("pointerdown", (event) => event.preventDefault());
      row.addEventListener("click", () => take(choice));
      return row;
    }));
    list.hidden = false;
    area.setAttribute("aria-expanded", "true");
    mark(choices[0].kind === "person" ? 0 : -1);
    return undefined;
  }

  function take(choice) {
    if (choice.passive) return;
    const end = choice.kind === "command" ? area.value.length : area.selectionStart;
    area.setRangeText(choice.insert, choice.from, end, "end");
    area.focus();
    resize();
    suggest();
  }

  async function submit() {
    const text = area.value.trim();
    if (!text) return;
    if (history.at(-1) !== text) history.push(text);
    at = history.length;
    put("");
    hide();
    busy += 1;
    node.classList.add("sending");
    const kept = await send(text);
    busy -= 1;
    node.classList.toggle("sending", busy > 0);
    if (kept === false && !area.value) put(text);
  }

  function put(text) {
    area.value = text;
    area.setSelectionRange(text.length, text.length);
    resize();
  }

  function recall(by) {
    const next = at + by;
    if (next < 0 || next > history.length) return;
    at = next;
    put(history[at] ?? "");
    hide();
  }

  function browsing() {
    return area.value === "" || area.value === history[at];
  }

  function keys(event) {
    const shown = choices.length > 0 && !choices[0].passive;
    if (event.isComposing) return false;
    if (event.key === "Enter" && !event.shiftKey) {
      if (shown && active >= 0) take(choices[active]);
      else submit();
      return true;
    }
    if (event.key === "Tab" && shown && !event.shiftKey) {
      take(choices[Math.max(0, active)]);
      return true;
    }
    if (event.key === "Escape" && choices.length) {
      hide();
      return true;
    }
    return arrows(event, shown);
  }

  function arrows(event, shown) {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return false;
    const by = event.key === "ArrowUp" ? -1 : 1;
    if (shown) mark((active + by + choices.length + (active < 0 && by < 0 ? 1 : 0)) % choices.length);
    else if (browsing() && (by < 0 || at < history.length)) recall(by);
    else return false;
    return true;
  }

  area.addEventListener("keydown", (event) => {
    if (keys(event)) event.preventDefault();
  });
  area.addEventListener("input", () => {
    at = history.length;
    resize();
    suggest();
  });
  area.addEventListener("blur", hide);
  node.focusInput = () => area.focus();
  node.refresh = () => {
    const menu = !box.dataset.menu && shortcuts?.();
    if (menu) {
      box.dataset.menu = "true"; // known once the state has come
      box.prepend(menu);
    }
    area.placeholder = placeholder();
    area.setAttribute("aria-label", placeholder());
  };
  node.put = (text) => {
    put(text);
    area.focus();
  };
  return node;
}
