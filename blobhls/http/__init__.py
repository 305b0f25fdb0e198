"""What HTTP asks of a server, as pure functions: ranges, conditions, errors, CORS, URLs.

ranges.py       the `Range` header
conditions.py   entity tags, and the conditions on them
headers.py      headers that every answer shares
problems.py     which status each error has
public_urls.py  by which URLs clients reach this server
json_schema.py  JSON Schema of a struct, as OpenAPI takes it
"""

from __future__ import annotations

from blobhls.http.conditions import etag_of, is_current, range_applies
from blobhls.http.headers import CORS, PREFLIGHT, encoded, header_text
from blobhls.http.json_schema import json_schema
from blobhls.http.problems import Problem, problem, problem_body, problem_headers
from blobhls.http.public_urls import PublicUrls
from blobhls.http.ranges import (
    RequestedRange,
    Unsatisfiable,
    Whole,
    content_range,
    parse_range,
    unsatisfied_range,
)

__all__ = [
    "CORS",
    "PREFLIGHT",
    "Problem",
    "PublicUrls",
    "RequestedRange",
    "Unsatisfiable",
    "Whole",
    "content_range",
    "encoded",
    "etag_of",
    "header_text",
    "is_current",
    "json_schema",
    "parse_range",
    "problem",
    "problem_body",
    "problem_headers",
    "range_applies",
    "unsatisfied_range",
]
