// The page speaks only /ui of its own origin.
import { released } from "./press.js";

const PATIENCE_MS = 30000;

async function call(path, options) {
  const cancel = new AbortController();
  const timer = setTimeout(() => cancel.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(path, { ...options, signal: cancel.signal, cache: "no-store" });
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) return body;
    return { ok: false, error: `http_${answer.status}`, ...body, status: answer.status };
  } catch {
    return { ok: false, error: "workspace_unreachable" };
  } finally {
    clearTimeout(timer);
  }
}

/** What it reads is to be drawn, so it waits for whoever presses. */
export async function get(path, query) {
  const known = Object.entries(query || {}).filter(([, v]) => v !== undefined && v !== null && v !== "");
  const suffix = known.length ? `?${new URLSearchParams(known)}` : "";
  const answer = await call(path + suffix, { headers: { accept: "application/json" } });
  await released();
  return answer;
}

export function post(path, body) {
  const headers = { "content-type": "application/json", accept: "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/**
 * One stream of events with its own reconnecting: the browser's would ask again for what was
 * already seen, because the address holds the number to start after.
 */
export function listen(actingAs, since, { onEvent, onStatus }) {
  let seen = since;
  let source = null;
  let timer = null;
  let wait = 500;
  let closed = false;

  function open() {
    source = new EventSource(`/ui/events?${new URLSearchParams({ as: actingAs, since: seen })}`);
    source.onopen = () => {
      wait = 500;
      onStatus(true);
    };
    source.onmessage = (message) => {
      const event = parse(message.data);
      if (!event) return;
      if (Number.isFinite(event.seq)) seen = Math.max(seen, event.seq);
      onEvent(event);
    };
    source.onerror = () => {
      source.close();
      if (closed) return;
      onStatus(false);
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, 8000);
    };
  }

  open();
  return () => {
    closed = true;
    clearTimeout(timer);
    source.close();
  };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const WORDS = {
  operation_timeout: "csbot did not answer within 3 seconds (operation_timeout). Please try again.",
  dispatch_failed: "csbot could not be reached (dispatch_failed). Is it running? Please try again.",
  dispatch_unknown_error: "csbot answered with an error (dispatch_unknown_error). Please try again.",
  http_service_error: "csbot answered with an error (http_service_error). Please try again.",
  invalid_command_response: "csbot gave an answer that Slack would not accept (invalid_command_response).",
  workspace_unreachable: "The local workspace does not answer. Is csbot demo still running?",
  unknown_command: "That is not a command of this workspace. Type / to see what there is.",
};

/** The sentence a person reads when something was refused. */
export function sentence(answer) {
  if (answer.code && answer.error) return answer.error;
  if (typeof answer.detail === "string") return `${answer.detail[0].toUpperCase()}${answer.detail.slice(1)}.`;
  const known = answer.message || WORDS[answer.error];
  if (known) return known;
  const code = answer.error || "no answer";
  return code.includes(" ") ? code : `That did not work (${code}).`;
}
