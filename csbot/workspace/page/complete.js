// What the composer can complete: commands after "/", people after "@".
import { bot, me, nameOf, people, store } from "./store.js";

const MOST = 9;

function commandLine(entry) {
  const usage = (entry.usage || "").trim();
  const command = entry.command.startsWith("/") ? entry.command : `/${entry.command}`;
  return { command, usage: usage.startsWith(command) ? usage.slice(command.length).trim() : usage, hint: entry.hint || entry.description || "" };
}

function commandChoices(text) {
  const typed = text.toLowerCase();
  return store.commands.map(commandLine)
    .filter(({ command }) => command.startsWith(typed) || typed.startsWith(`${command} `))
    .sort((a, b) => Number(typed.startsWith(b.command)) - Number(typed.startsWith(a.command)) || a.command.length - b.command.length)
    .slice(0, MOST)
    .map((line) => ({ ...line, kind: "command", insert: `${line.command} `, from: 0, complete: typed.startsWith(`${line.command} `) }));
}

function everybody() {
  const app = bot();
  return app ? [app, ...people()] : people();
}

function mentionChoices(text, caret) {
  const found = text.slice(0, caret).match(/(?:^|[\s(])@([\p{L}\p{N}._ -]{0,30})$/u);
  if (!found) return [];
  const query = found[1].toLowerCase();
  const fits = (user) => [nameOf(user), user.name || ""].some((name) => name.toLowerCase().split(" ").some((_, i, words) => words.slice(i).join(" ").startsWith(query)));
  const chosen = everybody().filter((user) => user.id !== me().id && fits(user)).slice(0, MOST);
  if (chosen.length === 1 && nameOf(chosen[0]).toLowerCase() === query) return [];
  return chosen.map((user) => ({ kind: "person", user, insert: `@${nameOf(user)} `, from: caret - found[1].length - 1 }));
}

/** Choices for the text before the caret; commands are listed until their arguments are typed. */
export function choicesFor(text, caret, { commands }) {
  if (commands && text.startsWith("/") && !text.includes("\n")) {
    const found = commandChoices(text);
    const exact = found.filter((choice) => choice.complete);
    return exact.length ? exact.slice(0, 1).map((choice) => ({ ...choice, passive: true })) : found;
  }
  return mentionChoices(text, caret);
}

const PATTERN_SIGNS = /[.*+?^${}()|[\]\\]/g;

/** `@Dana Reyes` becomes `@dana`, the handle the workspace links; longest names come first. */
export function withMentions(text) {
  const names = everybody()
    .filter((user) => user.name && nameOf(user) !== user.name)
    .map((user) => ({ user, name: nameOf(user) }))
    .sort((a, b) => b.name.length - a.name.length);
  let out = text;
  for (const { user, name } of names) {
    const pattern = new RegExp(`(^|[\\s(])@${name.replace(PATTERN_SIGNS, "\\$&")}(?![\\p{L}\\p{N}])`, "giu");
    out = out.replace(pattern, (_, before) => `${before}@${user.name}`);
  }
  return out;
}
