// The select menus of Block Kit, all over one combobox.
import { combobox, multiCombobox } from "./combobox.js";
import { plainWords } from "./mrkdwn.js";

function optionChoice(option) {
  return {
    text: plainWords(option.text), value: option.value ?? "", raw: option,
    description: option.description ? plainWords(option.description) : "",
  };
}

function groupsOf({ options, option_groups: groups }) {
  if (groups?.length) {
    return groups.map((g) => ({ label: plainWords(g.label), choices: (g.options || []).map(optionChoice) }));
  }
  return [{ choices: (options || []).map(optionChoice) }];
}

function people(surface) {
  const choices = surface.ctx.people().map((user) => ({
    text: user.real_name || user.name, description: user.title || "", value: user.id, raw: user.id,
  }));
  return [{ choices }];
}

function conversations(surface, publicOnly) {
  const choices = surface.ctx.conversations(publicOnly).map((c) => ({ text: c.label, value: c.id, raw: c.id }));
  return [{ choices }];
}

// type -> where the choices come from, and what one choice is called in the payload
const KINDS = {
  static_select: { one: "selected_option", many: "selected_options", initial: ["initial_option", "initial_options"] },
  external_select: { one: "selected_option", many: "selected_options", initial: ["initial_option", "initial_options"] },
  users_select: { one: "selected_user", many: "selected_users", initial: ["initial_user", "initial_users"] },
  conversations_select: { one: "selected_conversation", many: "selected_conversations", initial: ["initial_conversation", "initial_conversations"] },
  channels_select: { one: "selected_channel", many: "selected_channels", initial: ["initial_channel", "initial_channels"] },
};

function loader(kind, spec, block, surface) {
  if (kind === "static_select") return { local: true, load: () => groupsOf(spec) };
  if (kind === "users_select") return { local: true, load: () => people(surface) };
  if (kind === "external_select") {
    const load = async (query) => groupsOf((await surface.suggest(block, spec, query)) || {});
    return { local: false, load };
  }
  return { local: true, load: () => conversations(surface, kind === "channels_select") };
}

function toChoice(kind, raw, surface) {
  if (raw === null || raw === undefined) return null;
  if (typeof raw === "object") return optionChoice(raw);
  const pool = kind === "users_select" ? people(surface) : conversations(surface, false);
  return pool[0].choices.find((c) => c.value === raw) || { text: raw, value: raw, raw };
}

function common(kind, spec, block, surface, options) {
  return {
    ...loader(kind, spec, block, surface),
    placeholder: spec.placeholder ? plainWords(spec.placeholder) : "",
    label: options.label || (spec.placeholder ? plainWords(spec.placeholder) : "Select"),
    minLength: kind === "external_select" ? spec.min_query_length ?? 3 : 0,
    attributes: { ...options.identity, id: options.fieldId, "aria-describedby": options.describedBy, "aria-required": options.required ? "true" : null },
  };
}

function single(kind) {
  const { one, initial } = KINDS[kind];
  return (spec, block, surface, options) => {
    const held = surface.register(block, spec, { [one]: startValue(kind, spec, initial[0], surface) });
    const box = combobox({
      ...common(kind, spec, block, surface, options),
      chosen: toChoice(kind, held[one], surface),
      onPick: (choice) => {
        surface.set(block, spec, { [one]: choice.raw });
        options.onChange(box, { [one]: choice.raw });
      },
    });
    return box;
  };
}

function startValue(kind, spec, name, surface) {
  if (kind === "conversations_select" && spec.default_to_current_conversation && !spec[name]) {
    return surface.ctx.currentChannel?.() ?? null;
  }
  return spec[name] ?? null;
}

function several(kind) {
  const { many, initial } = KINDS[kind];
  return (spec, block, surface, options) => {
    const held = surface.register(block, spec, { [many]: spec[initial[1]] || [] });
    const box = multiCombobox({
      ...common(kind, spec, block, surface, options),
      chosen: held[many].map((raw) => toChoice(kind, raw, surface)),
      onChange: (choices) => {
        const value = { [many]: choices.map((c) => c.raw) };
        surface.set(block, spec, value);
        options.onChange(box, value);
      },
    });
    return box;
  };
}

export const SELECTS = Object.fromEntries(
  Object.keys(KINDS).flatMap((kind) => [[kind, single(kind)], [`multi_${kind}`, several(kind)]]),
);
