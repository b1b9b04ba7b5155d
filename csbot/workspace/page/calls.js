// What people's presses and words become: requests in the name of the acting person.
import { get, post, sentence } from "./api.js";
import { withMentions } from "./complete.js";
import { store } from "./store.js";
import { toast } from "./toast.js";

/** Shows the sentence of a refusal; gives the answer back either way. */
export function complain(answer) {
  if (answer && answer.ok === false) toast(sentence(answer), "error");
  return answer;
}

function asMe(path, body) {
  return post(path, { as: store.me, ...body });
}

/** The calls that blocks and modals need; `viewMayHaveChanged` and `refreshView` fetch the modal. */
export function interactions({ viewMayHaveChanged, refreshView }) {
  return {
    act: async (body) => {
      const answer = complain(await asMe("/ui/action", body));
      if (answer.ok !== false) viewMayHaveChanged();
      return answer;
    },
    suggest: async (body) => complain(await asMe("/ui/suggest", body)),
    submit: (viewId, values) => asMe("/ui/submit", { view_id: viewId, values }),
    close: (viewId) => asMe("/ui/close", { view_id: viewId }),
    refresh: refreshView,
    sentence,
  };
}

/** An entry of Slack's own menus, on a message or for everywhere. */
export async function shortcut(entry, place = {}) {
  return complain(await asMe("/ui/shortcut", { callback_id: entry.callback_id, ...place }));
}

export function isCommand(text) {
  return text.startsWith("/") && !text.startsWith("//");
}

export async function sendText(text, channel, threadTs) {
  if (isCommand(text) && threadTs) {
    return complain({ ok: false, message: "Slash commands do not work in threads. Write @csbot and the same words instead." });
  }
  const words = withMentions(text);
  const answer = isCommand(text)
    ? await asMe("/ui/command", { channel, text: words.slice(1) })
    : await asMe("/ui/message", { channel, text: words, thread_ts: threadTs || undefined });
  return complain(answer);
}

/** The state for a person; for one who is not there, for the first of the team. */
export async function stateFor(as) {
  const known = await get("/ui/state", as ? { as } : {});
  return as && known.status === 404 ? get("/ui/state", {}) : known;
}
