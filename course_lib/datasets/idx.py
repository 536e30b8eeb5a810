"""IDX, the format of the MNIST files: read one file, and be sure that it is the right one.

An IDX file is a header and then plain bytes.  The header is the magic number (two zero bytes, 8
for "unsigned bytes", the number of axes), followed by the length of each axis as a big-endian
32-bit number.  A file may be packed with gzip; its first two bytes tell, whatever its name says.

Nothing is believed before the SHA-256 of the unpacked bytes has been compared.  The checks that
come before it only serve to say *what* is wrong with a file.
"""

import gzip
import hashlib
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

GZIP_MAGIC = b"\x1f\x8b"


class DamagedFileError(ValueError):
    """A file is not the one that was expected; the message says in which way."""


@dataclass(frozen=True)
class IdxFile:
    """What is known of an IDX file before it is read.

    Attributes
    ----------
    name : str
        Its name when unpacked; packed, `.gz` is added.
    shape : tuple of int
        The lengths of its axes, `(n_samples,)` or `(n_samples, height, width)`.
    sha256 : str
        The SHA-256 of the whole unpacked file, as 64 hexadecimal digits.
    """

    name: str
    shape: tuple[int, ...]
    sha256: str

    @property
    def header(self) -> bytes:
        """The bytes that the unpacked file starts with."""
        axes = np.array(self.shape, dtype=">u4").tobytes()
        return bytes([0, 0, 8, len(self.shape)]) + axes

    @property
    def n_bytes(self) -> int:
        """The length of the unpacked file."""
        return len(self.header) + math.prod(self.shape)


def read_idx(path: Path, file: IdxFile) -> bytes:
    """Return the unpacked bytes of an IDX file, after every check has been passed.

    Parameters
    ----------
    path : Path
        The file, packed with gzip or not.
    file : IdxFile
        What it must be.

    Returns
    -------
    bytes
        Header included; `idx_array` makes an array of them.

    Raises
    ------
    DamagedFileError
        If the file is truncated, corrupted, or another file than `file`.
    OSError
        If it can't be opened.
    """
    with path.open("rb") as stream:
        packed = stream.read(2) == GZIP_MAGIC
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            # One byte more than there should be, so that a longer file is noticed, and a bomb of
            # zeros is never unpacked whole.
            content = stream.read(file.n_bytes + 1)
    except EOFError as error:
        raise DamagedFileError("its gzip data end too early") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DamagedFileError("its gzip data are corrupted") from error
    check_content(content, file)
    return content


def check_content(content: bytes, file: IdxFile) -> None:
    """Raise a `DamagedFileError` unless `content` is that of `file`; the message says why.

    Examples
    --------
    >>> labels = IdxFile("labels", (2,), "0" * 64)
    >>> check_content(b"<html>Log in to the library's wireless network", labels)
    Traceback (most recent call last):
    ...
    course_lib.datasets.idx.DamagedFileError: it starts with 3c68746d and not with 00000801
    """
    magic, header = file.header[:4], file.header
    if content[:4] != magic:
        start = content[:4].hex() or "nothing"
        raise DamagedFileError(f"it starts with {start} and not with {magic.hex()}")
    if content[: len(header)] != header:
        if len(content) < len(header):
            raise DamagedFileError("its header ends too early")
        found = np.frombuffer(content, dtype=">u4", count=len(file.shape), offset=4)
        raise DamagedFileError(f"it has shape {tuple(found.tolist())} and not {file.shape}")
    if len(content) != file.n_bytes:
        too = "short" if len(content) < file.n_bytes else "long"
        raise DamagedFileError(f"it is too {too}: {file.n_bytes} bytes are expected")
    found_hash = hashlib.sha256(content).hexdigest()
    if found_hash != file.sha256:
        raise DamagedFileError(f"its SHA-256 is {found_hash[:8]}… and not {file.sha256[:8]}…")


def idx_array(content: bytes, file: IdxFile) -> NDArray[np.uint8]:
    """Return the data of an IDX file as an array of `file.shape`, without copying them."""
    return np.frombuffer(content, dtype=np.uint8, offset=len(file.header)).reshape(file.shape)
