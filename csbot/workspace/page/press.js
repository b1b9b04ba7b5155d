// From pointer down to pointer up nothing is drawn or scrolled: under a button that moves, or is
// drawn anew, the browser finds no click.

let held = false;
let waiters = [];

function letGo() {
  held = false;
  waiters.forEach((go) => go());
  waiters = [];
}

addEventListener("pointerdown", () => (held = true), true);
for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, () => setTimeout(letGo), true);

export function isHeld() {
  return held;
}

/** Resolves once nobody presses. */
export function released() {
  return held ? new Promise((go) => waiters.push(go)) : Promise.resolve();
}
