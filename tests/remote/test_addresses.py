"""Which addresses may be connected to, by table and by property."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.remote.addresses import AddressPolicy, is_public

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.255",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:0808:0808::1",
]

NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "::10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::c0a8:101",
    "64:ff9b:1::8.8.8.8",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001:0:7f00:1:0:0:f7f7:f7f7",  # Teredo by way of loopback, client 8.8.8.8
    "2001:0:808:808:0:0:80ff:fffe",  # Teredo by way of 8.8.8.8, client 127.0.0.1
]

NO_ADDRESSES = [
    "",
    "localhost",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "08.8.8.8",
    "8.8.8.8 ",
    "8.8.8.8/32",
    "[2606:4700:4700::1111]",
    "2606:4700:4700::1111%eth0",
    "fe80::1%1",
    "\uff18.\uff18.\uff18.\uff18",  # full-width digits
]

SPECIAL = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
    "2001:db8::/32",
    "::ffff:127.0.0.0/104",
]

v4 = st.integers(0, 2**32 - 1).map(IPv4Address)
v6 = st.integers(0, 2**128 - 1).map(IPv6Address)


def addresses_in(block: IPv4Network | IPv6Network) -> st.SearchStrategy[str]:
    return st.integers(0, block.num_addresses - 1).map(lambda offset: str(block[offset]))


@pytest.mark.parametrize("address", PUBLIC)
def test_globally_routable_unicast_is_public(address: str) -> None:
    assert is_public(address)
    assert AddressPolicy.PUBLIC.allows(address)
    assert AddressPolicy.PRIVATE.allows(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)
    assert not AddressPolicy.PUBLIC.allows(address)


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_text_that_is_no_address_in_its_usual_form_is_never_allowed(address: str) -> None:
    assert not is_public(address)
    assert not AddressPolicy.PRIVATE.allows(address)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.9", "172.20.0.1", "100.100.1.1", "::1", "fd12::1"],
)
def test_the_private_policy_allows_private_networks(address: str) -> None:
    assert AddressPolicy.PRIVATE.allows(address)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fe80::1",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "255.255.255.255",
        "2002:c0a8:101::1",
        "64:ff9b::10.0.0.1",
        "::127.0.0.1",
    ],
)
def test_no_policy_allows_link_local_multicast_or_tunnels_inwards(address: str) -> None:
    assert not AddressPolicy.PRIVATE.allows(address)


@given(st.one_of(v4, v6))
def test_public_is_never_more_than_what_the_standard_library_calls_global(
    address: IPv4Address | IPv6Address,
) -> None:
    if is_public(address) and not getattr(address, "sixtofour", None):
        assert address.is_global
        assert not address.is_multicast


@given(v4)
def test_an_ipv4_address_inside_ipv6_is_judged_as_ipv4(inner: IPv4Address) -> None:
    number = int(inner)
    clothes = [
        0xFFFF << 32 | number,  # mapped
        number,  # compatible
        0x64FF9B << 96 | number,  # NAT64
        0x2002 << 112 | number << 80 | 1,  # 6to4
    ]
    for dressed in clothes:
        assert is_public(IPv6Address(dressed)) == is_public(inner)


@given(st.sampled_from(SPECIAL).map(ip_network).flatmap(addresses_in))
def test_nothing_within_a_special_block_is_public(address: str) -> None:
    assert not is_public(address)
