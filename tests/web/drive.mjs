/*
 * node drive.mjs ADDRESS SCENARIO GIVEN: run one scenario in Chromium and print what it saw as JSON.
 */
import { chromium } from "playwright-core";
import * as scenarios from "./scenarios.mjs";

const [address, name, given] = process.argv.slice(2);
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
];

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGUMENTS });
try {
  const options = JSON.parse(given);
  const context = await browser.newContext({
    baseURL: address,
    viewport: options.viewport ?? { width: 1366, height: 768 },
    colorScheme: options.light ? "light" : "dark",
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // Refused requests are part of some scenarios; what scripts and the policy say is not.
    const text = message.text();
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) complaints.push(text);
  });
  const seen = await scenarios[name](page, options, context);
  console.log(JSON.stringify({ ...seen, complaints }));
} finally {
  await browser.close();
}
