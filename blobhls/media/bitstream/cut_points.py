"""Which coded frames are clean cut points: NAL units, OBUs and VP9, read without decoding.

A container's key-frame flag says that decoding can start there, not that later frames need nothing
earlier: in one open-GOP H.264 file, 30 flagged packets held a single IDR.
"""

from __future__ import annotations

from collections.abc import Iterator

_H264_IDR = 5
_H264_SLICES = frozenset({1, 2, 5})
_INTRA = frozenset({2, 4})  # slice types I and SI; plus 5: all slices of the picture are
_SLICE_TYPE_BYTES = 16  # bytes of a slice header that include its type
_HEVC_VCL = range(32)
_HEVC_NO_LEADING = frozenset({18, 20})  # BLA_N_LP, IDR_N_LP
# BLA and IDR_W_RADL, CRA: clean where no leading picture follows. Decodable ones (RADL) spoil a
# cut too, since they are shown before it.
_HEVC_LEADING = frozenset({16, 17, 19, 21})
_AV1_SEQUENCE_HEADER = 1
_AV1_FRAMES = frozenset({3, 6})
_VP9_SYNC = bytes.fromhex("498342")  # in every key frame; in profile 3 one bit later
# How far into a packet the first slice is searched: SEI and parameter sets precede it.
_SEARCHED = 256 * 1024
_SLICE_HEAD = 512  # bytes; a slice header takes some dozens
_START_CODE = b"\0\0\0\1"


def nal_units(data: bytes | memoryview, length_size: int) -> Iterator[memoryview]:
    """Yield the NAL units of one access unit, without start codes or lengths.

    `length_size`: bytes of each length field (avcC/hvcC), or 0 for Annex B. Stops at the first
    unit that does not fit.
    """
    view = memoryview(data)
    if length_size:
        at = 0
        while at + length_size < len(view):
            size = int.from_bytes(view[at : at + length_size], "big")
            at += length_size
            if size == 0 or at + size > len(view):
                return
            yield view[at : at + size]
            at += size
        return
    coded = bytes(data)
    at = coded.find(b"\0\0\1")
    while at >= 0:
        following = coded.find(b"\0\0\1", at + 3)
        unit = view[at + 3 : following if following >= 0 else len(view)]
        if len(unit):
            yield unit
        at = following


def length_size(codec: str, extradata: bytes) -> int:
    """Return the size of NAL length fields that `extradata` announces; 0 for Annex B."""
    if codec == "h264" and len(extradata) > 4 and extradata[0] == 1:
        return (extradata[4] & 3) + 1
    if codec == "hevc" and len(extradata) > 21 and extradata[0] == 1:
        return (extradata[21] & 3) + 1
    return 0


def _head_units(data: bytes | memoryview, size: int) -> Iterator[memoryview]:
    """Yield the units of an access unit; in Annex B, only those at its beginning."""
    # Lengths are skipped quickly; start codes have to be searched for.
    return nal_units(data if size else data[:_SEARCHED], size)


def is_clean(codec: str, data: bytes | memoryview, size: int) -> bool | None:
    """Say whether a key packet is a cut point; None where only the packets after it can tell.

    `size`: NAL length size. None is returned for HEVC pictures that may be followed by leading
    pictures: they are clean unless any follow.
    """
    match codec:
        case "h264":
            return _is_h264_idr(data, size)
        case "hevc":
            kind = _first_hevc_slice(data, size)
            if kind in _HEVC_NO_LEADING:
                return True
            return None if kind in _HEVC_LEADING else False
        case "av1":
            return _is_av1_key(data)
        case "vp9":
            return _is_vp9_key(data)
        case _:
            return False


def _is_h264_idr(data: bytes | memoryview, size: int) -> bool:
    """Say whether an access unit begins with a slice of an IDR, and all its IDR slices are intra.

    In some files IDRs refer to other pictures, against H.264 §7.4.1.2.4. The second field of an
    IDR is a slice of another type and may refer to the first.
    """
    found = False
    for unit in _head_units(data, size):
        kind = unit[0] & 31
        if kind == _H264_IDR and not _is_intra(unit):
            return False
        if kind in _H264_SLICES and not found:
            if kind != _H264_IDR:
                return False
            found = True
    return found


def _is_intra(unit: memoryview) -> bool:
    """Say whether an H.264 slice is of type I or SI (§7.3.3: first_mb_in_slice, slice_type)."""
    head = bytes(unit[1:_SLICE_TYPE_BYTES]).replace(b"\0\0\3", b"\0\0")
    bits = f"{int.from_bytes(head, 'big'):0{8 * len(head)}b}"
    values, at = [], 0
    for _ in range(2):
        zeros = bits.find("1", at) - at
        values.append(int(bits[at + zeros : at + 2 * zeros + 1] or "0", 2) - 1)
        at += 2 * zeros + 1
    return zeros >= 0 and values[1] % 5 in _INTRA


def _first_hevc_slice(data: bytes | memoryview, size: int) -> int | None:
    for unit in _head_units(data, size):
        if unit[0] >> 1 & 63 in _HEVC_VCL:
            return unit[0] >> 1 & 63
    return None


def _is_av1_key(data: bytes | memoryview) -> bool:
    """Say whether a sequence header comes first, then a shown key frame (AV1 §5.9.2)."""
    at, has_sequence = 0, False
    while at < len(data):
        header = data[at]
        kind, extended, sized = header >> 3 & 15, header >> 2 & 1, header >> 1 & 1
        at += 1 + extended
        size = len(data) - at
        if sized:
            size, used = _leb128(data, at)
            at += used
        if kind == _AV1_SEQUENCE_HEADER:
            has_sequence = True
        elif kind in _AV1_FRAMES and at < len(data):
            # show_existing_frame(1), frame_type(2), show_frame(1)
            return has_sequence and data[at] >> 4 == 0b0001
        at += size
    return False


def _is_vp9_key(data: bytes | memoryview) -> bool:
    """Say whether it is a shown key frame (VP9 §6.2); in a superframe, the first frame counts."""
    # frame_marker(2), profile(2), show_existing_frame, frame_type, show_frame, and one more
    return data[1:4] == _VP9_SYNC and data[0] & 0b1100_1110 == 0b1000_0010


def _leb128(data: bytes | memoryview, at: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[at : at + 8]):
        value |= (byte & 127) << 7 * index
        if not byte & 128:
            return value, index + 1
    return value, 8


def has_parameter_sets(codec: str, data: bytes, size: int) -> bool:
    """Say whether an access unit carries its own sequence parameter set."""
    for unit in _head_units(data, size):
        if codec == "h264":
            kind = unit[0] & 31
            if kind == 7:
                return True
            if kind in _H264_SLICES:
                return False
        else:
            kind = unit[0] >> 1 & 63
            if kind == 33:
                return True
            if kind in _HEVC_VCL:
                return False
    return False


def up_to_first_slice(codec: str, data: bytes, size: int) -> bytes:
    """Return an access unit up to the start of its first slice: enough to decode its properties.

    `size`: NAL length size. Empty where there is no slice.
    """
    parts: list[bytes] = []
    for unit in _head_units(data, size):
        kind = unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63
        is_slice = kind in _H264_SLICES if codec == "h264" else kind in _HEVC_VCL
        kept = bytes(unit[:_SLICE_HEAD] if is_slice else unit)
        parts += [len(kept).to_bytes(size, "big") if size else _START_CODE, kept]
        if is_slice:
            return b"".join(parts)
    return b""


def delimiter_size(codec: str, data: bytes) -> int:
    """Return the size of the access unit delimiter at the start of an Annex B access unit."""
    first = data.find(b"\0\0\1")
    if first < 0 or first + 3 >= len(data):
        return 0
    header = data[first + 3]
    is_delimiter = header & 31 == 9 if codec == "h264" else header >> 1 & 63 == 35
    following = data.find(b"\0\0\1", first + 3)
    if not is_delimiter or following < 0:
        return 0
        # A four-byte start code belongs to the unit after it.
    return following - 1 if data[following - 1] == 0 else following
