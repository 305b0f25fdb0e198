"""Every setting: one table, from which flags, environment, configuration file and docs follow.

A value is looked for in the flags, then in the environment (`BLOBHLS_PORT`), then in the TOML
file (`port = 24242`), then in the table. Wherever it stood, it is read by the same function, so
`10GB` means the same everywhere. Only `blobhls.app` and `blobhls.cli` know this package.

kinds.py   how text becomes a value
table.py   the settings
loader.py  where their values come from
secret.py  the operator's key
"""

from blobhls.settings.kinds import parse_bool, parse_duration, parse_size
from blobhls.settings.loader import CONFIG_ENV, check_folders, key_file, load
from blobhls.settings.secret import KEY_ENV, operator_key
from blobhls.settings.table import SETTINGS, Setting, Settings

__all__ = [
    "CONFIG_ENV",
    "KEY_ENV",
    "SETTINGS",
    "Setting",
    "Settings",
    "check_folders",
    "key_file",
    "load",
    "operator_key",
    "parse_bool",
    "parse_duration",
    "parse_size",
]
