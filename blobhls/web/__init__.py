"""The page: static files of a single-page application, and what browsers are allowed to do.

Ours lie in `static`; hls.js and media-chrome, put there by the build hook, in `vendor`. Where the
hook found no npm, `vendor` is absent and the page makes do with what the browser has.

assets.py   the files of the page, read and compressed once
pages.py    the page over HTTP
origins.py  no other site may change anything
"""

from blobhls.web.assets import Assets, load_assets
from blobhls.web.origins import refuse_foreign
from blobhls.web.pages import PAGE_HANDLERS, PAGE_HEADERS, AssetsDependency, page_answer, wants_page

__all__ = [
    "PAGE_HANDLERS",
    "PAGE_HEADERS",
    "Assets",
    "AssetsDependency",
    "load_assets",
    "page_answer",
    "refuse_foreign",
    "wants_page",
]
