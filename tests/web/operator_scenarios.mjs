/*
 * What the person does who runs the server; what they must see is said in test_operator.py.
 */

const SLOW = 80_000; // milliseconds for what seals or sends a whole title

/** @param {Page} page */
function dialogs(page) {
  return page.evaluate(() => document.querySelectorAll("dialog[open]").length);
}

/** @param {Page} page @param {string} words */
async function logIn(page, words) {
  await page.seen("dialog.login input:focus");
  await page.type(words);
  await page.press("Enter");
}

/**
 * Somebody who has to say the password: wrong, right, and again after logging out.
 *
 * @param {Page} page
 * @param {{ right: string }} given
 */
export async function password(page, { right }) {
  await page.goto("/");
  await page.seen("dialog.login");
  const asked = await dialogs(page);
  await page.press("Escape"); // there is no way around it
  await logIn(page, "not this one");
  await page.until(() => document.querySelector(".login .why").textContent);
  const wrong = await page.text(".login .why");
  await page.type(right); // over what was typed before
  await page.press("Enter");
  await page.seen("home-view a");
  await page.reload();
  await page.seen("home-view a");
  const askedAgain = await dialogs(page);
  // Not only what is asked for once: the stream of events is let in as well.
  await page.goto("/operator");
  await page.until(() => /^\d+ titles?/.test(document.querySelector("operator-view .count")?.textContent));
  await page.click("operator-view > .button");
  await page.seen("dialog.login");
  return { asked, wrong, askedAgain, leftAt: page.path };
}

/**
 * Seal the first title, and see how often the page had to ask how far it is.
 *
 * @param {Page} page
 * @param {{ right: string }} given
 */
export async function seal(page, { right }) {
  await page.goto("/operator");
  await logIn(page, right);
  await page.click("seal-list summary");
  await page.until(() => document.querySelector("seal-list .tools button")?.textContent === "Seal");
  await page.evaluate(() => document.querySelector("seal-list .tools button").focus());
  await page.press("Enter");
  await page.seen("sealed-list .tools", SLOW);
  await page.until(() => document.querySelector("seal-list .tools button").textContent === "Push");
  return page.evaluate(() => ({
    // A remote control that pressed Seal is on what took its place.
    focused: document.activeElement.textContent,
    sealed: [...document.querySelectorAll("sealed-list .name")].map((name) => name.textContent),
    questions: performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/roots")).length,
  }));
}

/**
 * Push what is sealed: to where nobody is, and then to a server that takes it.
 *
 * @param {Page} page
 * @param {{ right: string, nobody: string, server: string }} given
 */
export async function push(page, { right, nobody, server }) {
  await page.goto("/operator");
  await logIn(page, right);
  const state = "push-list li .state";
  await page.click("sealed-list .tools button");
  await page.seen("dialog.question input:focus");
  const signer = await page.text("dialog.question code");
  await page.type("http://");
  await page.press("Enter");
  await page.until(() => document.querySelector(".question .why").textContent);
  const refused = await page.text(".question .why");
  await page.type(nobody);
  await page.press("Enter");
  await page.until((where) => document.querySelector(where)?.classList.contains("bad"), state);
  const failed = await page.text(state);
  const back = await page.focused();
  await page.press("Enter");
  await page.seen("dialog.question input:focus");
  const remembered = await page.evaluate(() => document.querySelector("dialog input").value);
  await page.evaluate(() => document.querySelector("dialog input").select());
  await page.type(server);
  await page.press("Enter");
  await page.until((where) => document.querySelector(where)?.textContent.startsWith("is there"), state, SLOW);
  const done = await page.text(state);
  const offered = await page.texts("push-list li:first-child button");
  await page.reload();
  await page.seen("push-list li");
  await page.click("sealed-list .tools button");
  await page.seen("dialog.question");
  const choices = await page.evaluate(() => [...document.querySelectorAll("datalist option")].map(({ value }) => value));
  await page.press("Escape");
  return { signer, refused, failed, back, remembered, done, offered, choices, open: await dialogs(page) };
}

/**
 * A server without key says how to get one.
 *
 * @param {Page} page
 */
export async function keyless(page) {
  await page.goto("/operator");
  await page.click("sealed-list .tools button");
  await page.seen("dialog.question");
  const words = await page.text("dialog.question");
  await page.press("Enter");
  return { words, open: await dialogs(page) };
}
