/** The search field at the top: it searches while the viewer types. */
import { there } from "./dom.js";
import { moveFocus } from "./spatial.js";
import { rename } from "./router.js";

const PAUSE = 150; // milliseconds of not typing

/**
 * Listen to the form; `navigate` opens the results once, later letters go to that view.
 *
 * @param {HTMLFormElement} form
 * @param {(path: string) => void} navigate
 */
export function listenToSearch(form, navigate) {
  const field = there(form.querySelector("input"));
  let timer = 0;

  const search = () => {
    clearTimeout(timer);
    const query = field.value.trim();
    const view = document.querySelector("search-view");
    const path = `/search?${new URLSearchParams({ q: query })}`;
    if (view) {
      rename(path);
      view.search(query);
    } else if (query) {
      navigate(path);
      field.focus();
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
    moveFocus("down", document.body);
  });
}
