// Keeps what is on the screen true: events say what changed, and only that is fetched again.

const GATHER_MS = 40;

/**
 * `loaders` are named async functions. `mark("messages")` runs that one soon; marks that come
 * in a burst are one run, and a mark during a run means exactly one more run afterwards.
 */
export class Refresher {
  constructor(loaders) {
    this.loaders = loaders;
    this.waiting = new Map();
    this.running = new Map();
  }

  mark(...names) {
    for (const name of names) {
      if (this.waiting.has(name)) continue;
      this.waiting.set(name, setTimeout(() => this.start(name), GATHER_MS));
    }
  }

  start(name) {
    this.waiting.delete(name);
    if (this.running.has(name)) {
      this.running.set(name, true);
      return;
    }
    this.now(name);
  }

  /** Runs a loader at once and resolves when it is done. */
  async now(name) {
    this.running.set(name, false);
    try {
      await this.loaders[name]();
    } finally {
      const again = this.running.get(name);
      this.running.delete(name);
      if (again) this.mark(name);
    }
  }
}

const WHAT_CHANGED = {
  message: ["messages", "thread", "state"],
  ephemeral: ["messages", "thread", "state"],
  update: ["messages", "thread"],
  delete: ["messages", "thread", "state"],
  view: ["view"],
  home: ["home"],
  guide: ["state"],
  clock: ["state", "messages", "thread", "home"],
  state: ["state", "messages"],
};

const PLACED = new Set(["messages", "thread"]);

/** The loaders an event asks for; messages elsewhere only change the badges. */
export function loadersFor(event, channel) {
  const names = WHAT_CHANGED[event.type] || ["state"];
  if (!event.channel || event.channel === channel) return names;
  return names.filter((name) => !PLACED.has(name));
}
