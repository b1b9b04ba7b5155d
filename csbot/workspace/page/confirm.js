// "Are you sure?" as Slack asks it, before a press is sent.
import { h } from "./dom.js";
import { openDialog } from "./dialog.js";
import { currentContext } from "./store.js";
import { textObject } from "./mrkdwn.js";

/** Resolves to true when the person agrees; Esc and the deny button mean no. */
export function confirmed(spec, style) {
  return new Promise((resolve) => {
    const ctx = currentContext();
    const danger = (spec.style || style) === "danger" ? ".danger" : ".primary";
    const yes = h(`button.btn${danger}`, { type: "button", "data-testid": "confirm-yes", onclick: () => finish(true) },
      textObject(spec.confirm || { text: "Yes" }, ctx));
    const no = h("button.btn", { type: "button", "data-testid": "confirm-no", onclick: () => finish(false) },
      textObject(spec.deny || { text: "Cancel" }, ctx));
    const dialog = openDialog({
      title: textObject(spec.title || { text: "Are you sure?" }, ctx),
      body: h("div.confirm-text", {}, textObject(spec.text, ctx)),
      foot: [no, yes], small: true, testid: "confirm", onCancel: () => finish(false),
    });
    function finish(answer) {
      dialog.dispose();
      resolve(answer);
    }
    yes.focus();
  });
}
