# The daily commands. `just` alone lists them; CONTRIBUTING.md says more.

python := ".venv/bin/python"

_default:
    @just --list

# A virtual environment with everything the tests need
setup:
    python3 -m venv .venv
    {{python}} -m pip install -q -e '.[test]'

# ruff, mypy, import-linter
check:
    {{python}} -m ruff check .
    {{python}} -m ruff format --check .
    {{python}} -m mypy
    .venv/bin/lint-imports

# Put imports and code into their usual form
format:
    {{python}} -m ruff check --fix .
    {{python}} -m ruff format .

# The checks, and the tests that need no second process; arguments go to pytest
fast *arguments:
    {{python}} -m tests --fast {{arguments}}

# The checks and all tests; arguments go to pytest
test *arguments:
    {{python}} -m tests {{arguments}}

# Which lines the tests in this process reach, in htmlcov/
coverage *arguments:
    {{python}} -m pytest -n 2 -m 'not (system or browser or codecs or processes or slow)' --cov --cov-report=html {{arguments}}

# Serve a folder of films and series
serve folder *arguments:
    .venv/bin/blobhls --target-path '{{folder}}' {{arguments}}

# Serve a library of generated clips
demo *arguments:
    .venv/bin/blobhls demo {{arguments}}

# One benchmark by its name, say `just bench get`
bench name *arguments:
    {{python}} tests/bench/bench_{{name}}.py {{arguments}}
