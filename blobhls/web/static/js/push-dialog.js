/** Asks for the server to push a title to, and starts the push. */
import { reasonOf } from "./api.js";
import { announce, h } from "./dom.js";
import { pushes, servers } from "./pushes.js";

/**
 * Open the dialog for a video; `title` is displayed. The focus returns to where it was.
 *
 * @param {string} id
 * @param {string} title
 */
export function openPushDialog(id, title) {
  const returnFocus = wayBack(document.activeElement);
  const close = () => dialog.close();
  const dialog = h(
    "dialog",
    {
      class: "question",
      "aria-label": `Push ${title}`,
      "data-focus-scope": true,
      onclose: () => {
        dialog.remove();
        returnFocus();
      },
    },
    pushes.signer ? form(id, title, close) : keyless(close),
  );
  document.body.append(dialog);
  dialog.showModal();
}

// The list may have been drawn anew meanwhile, with another button in this place.
/** @param {Element | null} button */
function wayBack(button) {
  if (!(button instanceof HTMLElement)) return () => {};
  const list = button.closest("ul");
  const place = `[data-place="${CSS.escape(button.dataset.place ?? "")}"]`;
  return () => (button.isConnected ? button : list?.querySelector(place))?.focus({ preventScroll: true });
}

/** @param {string} id @param {string} title @param {() => void} close */
function form(id, title, close) {
  const known = servers();
  const field = h("input", {
    type: "text",
    inputmode: "url",
    id: "server",
    list: "servers",
    value: known[0],
    placeholder: "cdn.example.com",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    required: true,
    autofocus: true,
  });
  const why = h("p", { class: "why", role: "alert" });
  /** @param {SubmitEvent} event */
  const send = async (event) => {
    event.preventDefault();
    try {
      const { server } = await pushes.start(id, field.value.trim());
      announce(`${title} is on its way to ${new URL(server).host}`);
      close();
    } catch (error) {
      why.textContent = reasonOf(error);
      field.select();
    }
  };
  return h(
    "form",
    { onsubmit: send },
    h("h2", {}, `Push ${title}`),
    h("label", { for: "server" }, "Blossom server"),
    field,
    h("datalist", { id: "servers" }, known.map((server) => h("option", { value: server }))),
    h("p", { class: "count" }, "The server has to accept uploads by this key: ", h("code", {}, pushes.signer)),
    why,
    h(
      "p",
      { class: "actions" },
      h("button", { class: "button main" }, "Push"),
      h("button", { type: "button", class: "button", onclick: close }, "Cancel"),
    ),
  );
}

/** @param {() => void} close */
function keyless(close) {
  return h(
    "div",
    { class: "form" },
    h("h2", {}, "Pushing needs a key"),
    h("p", { class: "count" }, "Make one and start the server with it:"),
    h("code", {}, "blobhls key new --key-file PATH"),
    h("code", {}, "blobhls … --key-file PATH"),
    h("p", { class: "actions" }, h("button", { type: "button", class: "button main", autofocus: true, onclick: close }, "Close")),
  );
}
