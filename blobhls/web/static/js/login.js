/** Asks for the password, where the operator has set one; once, however many requests wait. */
import { h } from "./dom.js";

/** @type {Promise<void> | null} */
let asking = null;

/** Wait until the right password was given. */
export function logIn() {
  asking ??= ask().finally(() => (asking = null));
  return asking;
}

/** @returns {Promise<void>} */
function ask() {
  return new Promise((done) => {
    const field = h("input", { type: "password", "aria-label": "Password", autocomplete: "current-password", required: true });
    const why = h("p", { class: "why", role: "alert" });
    /** @param {SubmitEvent} event */
    const send = async (event) => {
      event.preventDefault();
      const body = JSON.stringify({ password: field.value });
      const answer = await fetch("/api/v1/login", { method: "POST", body, headers: { "Content-Type": "application/json" } }).catch(() => null);
      if (answer?.ok) {
        dialog.remove();
        done();
        return;
      }
      const reason = await answer?.json().catch(() => null);
      why.textContent = reason?.detail ?? "The server can’t be reached.";
      field.select();
    };
    const dialog = h(
      "dialog",
      { class: "login", "aria-label": "Password", "data-focus-scope": true, oncancel: (event) => event.preventDefault() },
      h("form", { onsubmit: send }, h("h2", {}, "Password"), field, why, h("button", { class: "button main" }, "Enter")),
    );
    document.body.append(dialog);
    dialog.showModal();
    field.focus();
  });
}
