"""MNIST: 70 000 handwritten digits of 28 × 28 pixels, for the chapters "at scale".

Where it comes from: Yann LeCun, Corinna Cortes and Christopher J. C. Burges made MNIST out of two
collections of the US National Institute of Standards and Technology, Special Database 3 (written
by employees of the Census Bureau) and Special Database 1 (written by high-school students).
Its original page states no licence.  It is commonly said to be under Creative Commons
Attribution-ShareAlike 3.0 (CC BY-SA 3.0), with LeCun and Cortes as the holders of the copyright;
we know of no statement of theirs that settles it.  This project therefore contains none of the
files: `mnist` finds them on your computer, or fetches them from a public mirror.

Nothing else in the book needs a network, and the book builds without MNIST, too.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from course_lib.arguments import real_number, whole_number
from course_lib.datasets.download import MirrorsFailedError, fetch_idx
from course_lib.datasets.idx import DamagedFileError, IdxFile, idx_array, read_idx

FOLDER_VARIABLE = "COURSE_LIB_DATA"

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

# Training images, training labels, test images, test labels; the hashes are of unpacked files.
FILES = (
    IdxFile(
        "train-images-idx3-ubyte",
        (60_000, 28, 28),
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    IdxFile(
        "train-labels-idx1-ubyte",
        (60_000,),
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    IdxFile(
        "t10k-images-idx3-ubyte",
        (10_000, 28, 28),
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    IdxFile(
        "t10k-labels-idx1-ubyte",
        (10_000,),
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)


class MnistError(RuntimeError):
    """MNIST can't be had; the message says what happened and what to do."""


@dataclass(frozen=True, eq=False)
class Mnist:
    """The MNIST digits.

    Attributes
    ----------
    X_train : ndarray of shape (60000, 784), float32
        The pixels' grey values divided by 255, row after row of the image; 0 is the paper.
    y_train : ndarray of shape (60000,), int64
        The digits, 0-9.
    X_test : ndarray of shape (10000, 784), float32
    y_test : ndarray of shape (10000,), int64
    """

    X_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    X_test: NDArray[np.float32]
    y_test: NDArray[np.int64]


def mnist(
    folder: str | os.PathLike[str] | None = None,
    *,
    download: bool = True,
    progress: bool = False,
    mirrors: Sequence[str] = MIRRORS,
    timeout: float = 15.0,
    retries: int = 2,
    cache: str | os.PathLike[str] | None = None,
    files: Sequence[IdxFile] = FILES,
) -> Mnist:
    """Return the MNIST digits, from this computer or else from a mirror.

    Each file is taken from `folder` if one is passed, and then from nowhere else.  Without it,
    each file is looked for in the folder that the environment variable `COURSE_LIB_DATA` names,
    then in the cache; what is in neither is downloaded into the cache (11 MB, stored as 55 MB).
    A file may be packed (`.gz`) or not.  Wherever it lies, its SHA-256 is compared.

    Parameters
    ----------
    folder : path, optional
        A folder with the four files.
    download : bool
        Whether files that are missing may be downloaded.
    progress : bool
        Whether a download shows a progress bar, on stderr; without it, nothing is printed.
    mirrors : sequence of str
        The addresses of folders on the web, tried in this order.
    timeout : float
        The seconds that a mirror may stay silent, greater than 0.
    retries : int
        How many times a mirror that fails is asked again, at least 0; it is asked for one second
        later, then two, and so on.  A mirror that says it has no such file is not asked again.
    cache : path, optional
        The folder that downloads go to; by default the user's cache of this operating system.
    files : sequence of IdxFile
        Names, shapes and hashes of the four files.  Another table serves smaller files.

    Returns
    -------
    Mnist

    Raises
    ------
    MnistError
        If a file is missing or damaged, no mirror delivers it, or it can't be stored.  The error
        that led to it is its `__cause__`.  No half-written file is left behind.
    ValueError
        If `mirrors`, `timeout` or `retries` is out of its range.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner (1998), "Gradient-Based Learning Applied to
    Document Recognition", Proceedings of the IEEE 86(11), 2278-2324.

    Examples
    --------
    >>> mnist("/no/such/folder")
    Traceback (most recent call last):
    ...
    course_lib.datasets.mnist.MnistError: There is no folder /no/such/folder: ...
    """
    given: object = mirrors
    listed = isinstance(given, Sequence) and all(isinstance(one, str) for one in given)
    if isinstance(mirrors, str) or not listed or not mirrors:
        raise ValueError(f"mirrors must be a list with at least one address, got {mirrors!r}")
    timeout = real_number("timeout", timeout, low=0, open_low=True)
    whole_number("retries", retries, low=0)
    for name, path in (("folder", folder), ("cache", cache)):
        if not (path is None or isinstance(path, str | os.PathLike)):
            raise ValueError(f"{name} must be a path, or None, got {path!r}")
    if folder is not None:
        contents = [_from_folder(Path(folder).expanduser(), file) for file in files]
    else:
        usable = list(mirrors)
        contents = []
        for file in files:
            content = _from_variable(file)
            if content is None:
                store = _cache_folder(cache)
                content = _from_cache(store, file, download)
            if content is None:
                _download(file, store, usable, progress, timeout, retries)
                content = _from_folder(store, file)
            contents.append(content)
    arrays = [idx_array(content, file) for content, file in zip(contents, files, strict=True)]
    X_train, y_train, X_test, y_test = arrays
    return Mnist(
        X_train=_grey_values(X_train),
        y_train=y_train.astype(np.int64),
        X_test=_grey_values(X_test),
        y_test=y_test.astype(np.int64),
    )


def _grey_values(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the images as rows of numbers from 0 to 1."""
    rows = images.reshape(len(images), -1)
    # Straight into float32: in float64 the training images alone would need 376 MB on the way.
    return np.divide(rows, np.float32(255), dtype=np.float32)


def _cache_folder(cache: str | os.PathLike[str] | None) -> Path:
    """Return the folder that downloads go to."""
    if cache is not None:
        return Path(cache).expanduser()
    import pooch  # late, for those who have the files

    return Path(pooch.os_cache("course_lib"))


def _find(folder: Path, file: IdxFile) -> Path | None:
    """Return where in `folder` the file lies, unpacked or packed, or None."""
    paths = (folder / file.name, folder / f"{file.name}.gz")
    return next((path for path in paths if path.is_file()), None)


def _from_folder(folder: Path, file: IdxFile) -> bytes:
    """Read a file that has to be in `folder`."""
    path = _find(folder, file)
    if path is None:
        lack = (
            f"{folder} lacks {file.name}(.gz)"
            if folder.is_dir()
            else f"There is no folder {folder}"
        )
        raise MnistError(
            f"{lack}: put MNIST's four files into the folder, or call mnist() without a folder to "
            "have them downloaded."
        )
    try:
        return read_idx(path, file)
    except DamagedFileError as error:
        raise MnistError(
            f"{path} is not the MNIST file that it should be ({error}): delete it and download it "
            "again, by hand or with mnist()."
        ) from error
    except OSError as error:
        raise MnistError(
            f"{path} can't be read ({error.strerror or error}): make it readable, {_by_hand()}."
        ) from error


def _named_folder() -> Path | None:
    """Return the folder that the environment variable names, if it names one."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else None


def _by_hand() -> str:
    """Say where files go that were downloaded by hand, and what is wrong with the place so far."""
    folder = _named_folder()
    if folder is None:
        return f"or download the four files by hand and set {FOLDER_VARIABLE} to their folder"
    if folder.is_dir():
        lack = "does not hold all of them"
    else:
        lack = "is a file" if folder.exists() else "does not exist"
    return f"or put the four files into the folder that {FOLDER_VARIABLE} names: {folder} {lack}"


def _from_variable(file: IdxFile) -> bytes | None:
    """Read a file from the folder that the environment variable names, if it is there."""
    folder = _named_folder()
    return _from_folder(folder, file) if folder and _find(folder, file) else None


def _from_cache(store: Path, file: IdxFile, download: bool) -> bytes | None:
    """Read a file from the cache; None if it should be downloaded, since it lacks or is damaged."""
    if download:
        try:
            return _from_folder(store, file)
        except MnistError:
            return None  # the cache is ours: what is wrong in it is replaced
    if _find(store, file) is None:
        named = _named_folder()
        places = f"neither in {named} nor in {store}" if named else f"not in {store}"
        raise MnistError(f"{file.name} is {places}: call mnist(download=True), {_by_hand()}.")
    return _from_folder(store, file)


def _download(
    file: IdxFile, store: Path, mirrors: list[str], progress: bool, timeout: float, retries: int
) -> None:
    """Download a file into the cache, or say what to do instead."""
    try:
        fetch_idx(file, store, mirrors, progress=progress, timeout=timeout, retries=retries)
    except MirrorsFailedError as error:
        raise MnistError(
            f"{file.name} could not be downloaded ({error}): check the network and try again, "
            f"{_by_hand()}."
        ) from error.__cause__
    except OSError as error:
        raise MnistError(
            f"{file.name} could not be stored in {store} ({error.strerror or error}): free some "
            f"space there or make it writable, pass another `cache`, {_by_hand()}."
        ) from error
