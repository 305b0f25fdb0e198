// Run in the root of the checkout: eslint --config tests/javascript/eslint.config.mjs
import js from "@eslint/js";
import globals from "globals";

const PAGE = "blobhls/web/static/js/**/*.js";
const WORKER = "blobhls/web/static/service-worker.js";
const PLAYERS = "tests/players/scripts/*.js"; // scripts of a page, which share one scope
const SCENARIOS = "tests/**/*.mjs"; // run by Node, and hold functions that a page runs

export default [
  { ignores: ["**/.venv/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "array-callback-return": "error",
      "default-case-last": "error",
      eqeqeq: ["error", "always", { null: "ignore" }], // `== null` is undefined, too
      "no-constructor-return": "error",
      "no-duplicate-imports": "error",
      "no-eval": "error",
      "no-implicit-coercion": "error",
      "no-implicit-globals": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-new-wrappers": "error",
      "no-return-assign": ["error", "except-parens"],
      "no-self-compare": "error",
      "no-sequences": "error",
      "no-shadow": "error",
      "no-template-curly-in-string": "error",
      "no-throw-literal": "error",
      "no-unmodified-loop-condition": "error",
      "no-unreachable-loop": "error",
      "no-unused-expressions": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
      "no-useless-call": "error",
      "no-useless-concat": "error",
      "no-useless-rename": "error",
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-promise-reject-errors": "error",
    },
  },
  { files: [PAGE], languageOptions: { globals: globals.browser } },
  {
    files: [WORKER],
    languageOptions: { sourceType: "script", globals: globals.serviceworker },
    rules: { "no-implicit-globals": "off" }, // nothing but itself runs there
  },
  {
    files: [PLAYERS],
    languageOptions: {
      sourceType: "script",
      globals: { ...globals.browser, ...globals.audioWorklet, Hls: "readonly", shaka: "readonly" },
    },
    rules: { "no-implicit-globals": "off", "no-unused-vars": ["error", { vars: "local" }] },
  },
  { files: [SCENARIOS], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];
