/*
 * node drive.mjs BROWSER PROGRAM: run scenarios in one browser, each as a person who was never here.
 *
 * Every line of the input is `{address, scenario, given}` as JSON, every line of the output what the
 * scenario saw, or `{failure}`. Chromium is driven by its DevTools protocol, Firefox by WebDriver BiDi.
 */
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";
import * as looks from "./looks_scenarios.mjs";
import * as operating from "./operator_scenarios.mjs";
import { Page } from "./page.mjs";
import * as measuring from "./measuring.mjs";
import * as playing from "./playing.mjs";
import * as elsewhere from "./scenarios.mjs";
import * as installed from "./shell_scenarios.mjs";

// Each is given what its test asks for, which nothing here looks at.
/** @type {{ [name: string]: (page: Page, given: any) => Promise<object | void> }} */
const scenarios = { ...measuring, ...elsewhere, ...operating, ...installed, ...playing, ...looks };
const LONGEST = 120_000; // milliseconds for one scenario on a busy machine
// Pages ask whether there is a mouse; machines that test have none.
const MOUSE = "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4";
/** @type {{ [kind: string]: string[] }} */
const ARGUMENTS = {
  chromium: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", MOUSE],
  firefox: [],
};
const FIREFOX_MOUSE = { "ui.primaryPointerCapabilities": 6, "ui.allPointerCapabilities": 6 };

const [kind, program] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: kind === "firefox" ? "firefox" : "chrome",
  executablePath: program,
  args: ARGUMENTS[kind],
  extraPrefsFirefox: FIREFOX_MOUSE,
});

/** @param {{ address: string, scenario: string, given: Parameters<typeof Page.open>[2] }} task */
async function run({ address, scenario, given }) {
  const context = await browser.createBrowserContext();
  try {
    const page = await Page.open(context, address, given);
    const seen = await Promise.race([scenarios[scenario](page, given), tooLong(scenario)]);
    return { ...seen, complaints: page.complaints };
  } catch (error) {
    return { failure: error instanceof Error ? error.stack : String(error) };
  } finally {
    await context.close();
  }
}

/** @param {string} scenario @returns {Promise<never>} */
function tooLong(scenario) {
  return new Promise((_, refuse) => setTimeout(() => refuse(new Error(`${scenario} takes too long`)), LONGEST).unref());
}

try {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await run(JSON.parse(line))));
  }
} finally {
  await browser.close();
}
