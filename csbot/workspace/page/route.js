// The address keeps who one is acting as and what is open, so a reload comes back to it.

export function readRoute() {
  const query = new URLSearchParams(location.hash.slice(1));
  const place = query.get("home") !== null ? { kind: "home", id: null } : { kind: "channel", id: query.get("channel") };
  return { as: query.get("as") || remembered(), place, thread: query.get("thread") };
}

export function writeRoute({ as, place, thread }) {
  const query = new URLSearchParams();
  if (as) query.set("as", as);
  if (place.kind === "home") query.set("home", "");
  else if (place.id) query.set("channel", place.id);
  if (thread) query.set("thread", thread);
  history.replaceState(null, "", `#${query}`);
  remember(as);
}

function remembered() {
  try {
    return sessionStorage.getItem("csbot.as");
  } catch {
    return null;
  }
}

function remember(as) {
  try {
    if (as) sessionStorage.setItem("csbot.as", as);
  } catch {
    // private windows may refuse storage; the address still holds it
  }
}

/** Channel and message of a Slack permalink, else null. */
export function permalink(address) {
  const found = String(address).match(/\/archives\/([A-Z0-9_]+)\/p(\d{7,})(\d{6})(?:[?#].*)?$/);
  return found && { channel: found[1], ts: `${found[2]}.${found[3]}` };
}
