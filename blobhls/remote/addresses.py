"""Which addresses may be connected to.

The tables are our own, since the answers of `ipaddress` differ between releases of Python. They
follow the IANA special-purpose address registries (RFC 6890 and later). An address counts as public
only if it is known to be globally routable unicast.
"""

from __future__ import annotations

import enum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import Final

Address = IPv4Address | IPv6Address

_NOT_PUBLIC_V4: Final = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network, unspecified
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # shared by carriers (RFC 6598)
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; cloud machines offer credentials at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # former 6to4 relays (RFC 7526)
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_PRIVATE_V4: Final = tuple(
    IPv4Network(block)
    for block in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_PRIVATE_V6: Final = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))

_UNICAST_V6: Final = IPv6Network("2000::/3")  # the only range that was ever assigned (RFC 3587)
_NOT_PUBLIC_V6: Final = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, ORCHID
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation (RFC 9637)
    )
)

# IPv6 addresses that contain an IPv4 address.
_COMPATIBLE: Final = IPv6Network("::/96")  # RFC 4291 §2.5.5.1
_MAPPED: Final = IPv6Network("::ffff:0:0/96")  # RFC 4291 §2.5.5.2
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")  # RFC 3056
_TEREDO: Final = IPv6Network("2001::/32")  # RFC 4380

_LOW_32: Final = 0xFFFFFFFF


class AddressPolicy(enum.Enum):
    """Which addresses requests to other servers may go to.

    `PRIVATE` adds loopback, home and carrier networks to the public addresses. Link-local addresses
    are excluded even then: no Blossom server has one, but cloud machines offer credentials there.
    """

    PUBLIC = "public"
    PRIVATE = "private"

    def allows(self, address: str | Address) -> bool:
        """Say whether this address may be connected to; False for text that is no address."""
        if is_public(address):
            return True
        return self is AddressPolicy.PRIVATE and _is_private(address)


def is_public(address: str | Address) -> bool:
    """Say whether `address` is globally routable unicast; False for text that is no address.

    Text has to be in the usual form: no zone ids, no octal, hexadecimal or shortened IPv4. For an
    IPv6 address that contains an IPv4 address, that one decides.
    """
    parsed = _parsed(address)
    if parsed is None:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in block for block in _NOT_PUBLIC_V4)
    inner = _embedded(parsed)
    if inner:
        return all(is_public(each) for each in inner)
    return parsed in _UNICAST_V6 and not any(parsed in block for block in _NOT_PUBLIC_V6)


def _is_private(address: str | Address) -> bool:
    """Say whether it is loopback or in a private network."""
    parsed = _parsed(address)
    if parsed is None:
        return False
    if isinstance(parsed, IPv6Address):
        if any(parsed in block for block in _PRIVATE_V6):
            return True
        if parsed not in _MAPPED:
            return False  # tunnels into a private network are not a home network
        parsed = _low_v4(parsed)
    return any(parsed in block for block in _PRIVATE_V4)


def _parsed(address: str | Address) -> Address | None:
    if isinstance(address, str):
        try:
            address = ip_address(address)
        except ValueError:
            return None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return None
    return address


def _embedded(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses that packets to `address` may reach; none for most addresses."""
    number = int(address)
    if address in _MAPPED or address in _COMPATIBLE or address in _NAT64:
        return (_low_v4(address),)
    if address in _SIX_TO_FOUR:
        return (IPv4Address(number >> 80 & _LOW_32),)
    if address in _TEREDO:  # the server, and the client with its bits inverted
        return (IPv4Address(number >> 64 & _LOW_32), IPv4Address(~number & _LOW_32))
    return ()


def _low_v4(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & _LOW_32)
