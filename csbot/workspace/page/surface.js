// A surface is what holds blocks: a message, a modal or a Home tab. It knows whom to tell
// about a press and remembers what a person has put into its fields.

export class Surface {
  /** `scope` is `{channel, message_ts}` or `{view_id}`; `act` and `suggest` speak to the workspace. */
  constructor({ kind, scope, ctx, act, suggest, touched }) {
    this.kind = kind;
    this.scope = scope;
    this.ctx = ctx;
    this.sendAction = act;
    this.sendSuggest = suggest;
    this.touched = touched || new Map();
    this.fields = new Map();
  }

  static key(block, element) {
    return JSON.stringify([block.block_id || "", element.action_id || ""]);
  }

  /** What the field holds now: what the person chose, else what csbot proposed. */
  register(block, element, initial) {
    const key = Surface.key(block, element);
    this.fields.set(key, { block, element, initial });
    return this.touched.has(key) ? this.touched.get(key) : initial;
  }

  set(block, element, value) {
    this.touched.set(Surface.key(block, element), value);
  }

  /** `{block_id: {action_id: {type, ...}}}` of every field, as Slack sends it. */
  values() {
    const out = {};
    for (const [key, { block, element, initial }] of this.fields) {
      const held = this.touched.has(key) ? this.touched.get(key) : initial;
      (out[block.block_id] ||= {})[element.action_id] = { type: element.type, ...held };
    }
    return out;
  }

  act(block, element, payload) {
    const identity = { block_id: block.block_id, action_id: element.action_id, type: element.type };
    return this.sendAction({ ...this.scope, ...identity, ...payload, state: this.values() });
  }

  suggest(block, element, value) {
    const identity = { block_id: block.block_id, action_id: element.action_id };
    return this.sendSuggest({ ...this.scope, ...identity, value });
  }
}
