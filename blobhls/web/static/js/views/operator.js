/** `<operator-view>`: what was found, what could not be used, and what is sealed. */
import { h } from "../dom.js";
import { View } from "../parts/view.js";
class OperatorView extends View {}
customElements.define("operator-view", OperatorView);
export const makeOperator = () => h("operator-view");
