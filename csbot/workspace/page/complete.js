// What the composer can complete: commands after "/", people after "@".
import { bot, me, nameOf, people, store } from "./store.js";

const MOST_PEOPLE = 9;

function commandLine(entry) {
  const usage = (entry.usage || "").trim();
  const command = entry.command.startsWith("/") ? entry.command : `/${entry.command}`;
  return { command, usage: usage.startsWith(command) ? usage.slice(command.length).trim() : usage, hint: entry.hint || entry.description || "" };
}

function commandChoices(text) {
  const typed = text.toLowerCase();
  return store.commands.map(commandLine)
    .filter(({ command }) => command.startsWith(typed) || typed.startsWith(`${command} `))
    .map((line) => ({ ...line, kind: "command", insert: `${line.command} `, from: 0, complete: typed.startsWith(`${line.command} `) }));
}

/** "/cs" alone need not be offered beside "/cs renewals" and the others. */
function withoutBare(found) {
  const longer = found.filter((choice) => choice.command.includes(" "));
  return longer.length ? longer : found;
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
  const chosen = everybody().filter((user) => user.id !== me().id && fits(user)).slice(0, MOST_PEOPLE);
  if (chosen.length === 1 && nameOf(chosen[0]).toLowerCase() === query) return [];
  return chosen.map((user) => ({ kind: "person", user, insert: `@${nameOf(user)} `, from: caret - found[1].length - 1 }));
}

/** Choices for the text before the caret: people first, since commands take people too. */
export function choicesFor(text, caret, { commands }) {
  const persons = mentionChoices(text, caret);
  if (persons.length || !commands || !text.startsWith("/") || text.includes("\n")) return persons;
  const found = withoutBare(commandChoices(text));
  const typedOut = found.filter((choice) => choice.complete);
  if (!found.length || typedOut.length < found.length) return found;
  // its arguments are being typed: one line stays as a reminder and takes no key
  const longest = typedOut.reduce((best, choice) => (choice.command.length > best.command.length ? choice : best));
  return [{ ...longest, passive: true }];
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
