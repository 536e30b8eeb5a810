"""Fetch one IDX file from the first mirror that delivers it, and leave no half-written file.

The `pooch` library does the fetching: the timeout, the retries, the progress bar.  What is added
here is what the book needs of it: several mirrors, a check of the *unpacked* content, silence
unless a progress bar is asked for, and a reason for each mirror that failed.

A file is fetched into a temporary folder inside the cache, checked there, unpacked, and renamed
into its place in one step.  Hence the cache holds whole, right files or none; two processes that
download at the same time each work in a folder of their own, and the last rename wins, over an
equal file.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.datasets.idx import DamagedFileError, IdxFile, read_idx

if TYPE_CHECKING:
    from requests import Response
    from requests.exceptions import HTTPError


class MirrorsFailedError(Exception):
    """No mirror delivered a file; the message says what each of them did."""


class _RefusedError(Exception):
    """A mirror answered 404 or the like: asking again would not help."""


@contextmanager
def _silent_pooch() -> Iterator[None]:
    """Keep pooch from writing to stderr, where graders of notebooks count any line as a failure."""
    import pooch

    def reject(record: logging.LogRecord) -> bool:  # noqa: ARG001
        return False

    # A filter and not a level: two threads that come and go in any order restore the logger.
    logger = pooch.get_logger()
    logger.addFilter(reject)
    try:
        yield
    finally:
        logger.removeFilter(reject)


def fetch_idx(
    file: IdxFile,
    cache: Path,
    mirrors: list[str],
    *,
    progress: bool,
    timeout: float,
    retries: int,
) -> None:
    """Store the unpacked `file` in `cache`, from the first of `mirrors` that delivers it.

    A mirror that fails is moved to the end of `mirrors`, so that the next file need not wait for
    it again.

    Raises
    ------
    MirrorsFailedError
        If no mirror delivers the right file.
    OSError
        If the cache can't be written to.
    """
    # Imported late, here and below: these take a third of a second, and most calls need neither.
    from requests.exceptions import RequestException

    cache.mkdir(parents=True, exist_ok=True)
    failures: list[str] = []
    cause: BaseException | None = None
    with tempfile.TemporaryDirectory(prefix="download-", dir=cache) as temporary, _silent_pooch():
        folder = Path(temporary)
        for mirror in list(mirrors):
            try:
                _fetch_from(mirror, file, folder, progress, timeout, retries)
            except (DamagedFileError, _RefusedError, RequestException) as error:
                failures.append(f"{mirror} {_reason(error, timeout)}")
                # The refusal is ours; the error that it stands for is the one to look into.
                cause = error.__cause__ if isinstance(error, _RefusedError) else error
                mirrors.append(mirrors.pop(mirrors.index(mirror)))
            else:
                (folder / file.name).replace(cache / file.name)
                return
    raise MirrorsFailedError("; ".join(failures)) from cause


def _fetch_from(
    mirror: str, file: IdxFile, folder: Path, progress: bool, timeout: float, retries: int
) -> None:
    """Put the checked and unpacked file into `folder`, from one mirror."""
    import pooch
    from requests.exceptions import HTTPError

    packed_name = f"{file.name}.gz"
    answers: list[Response] = []
    download = pooch.HTTPDownloader(
        progressbar=progress,
        timeout=timeout,
        chunk_size=2**16,
        hooks={"response": lambda answer, **_: answers.append(answer)},
    )

    def download_and_check(url: str, output_file: str, fetcher: object) -> None:
        try:
            download(url, output_file, fetcher)
        except HTTPError as error:
            if _status(error) < 500:
                raise _RefusedError(f"answered {_status(error)}") from error
            raise
        finally:
            # pooch leaves a connection open after an error; Python would warn of it on stderr.
            for answer in answers:
                answer.close()
        # The check belongs to the attempt: pooch then tries again after a damaged download, too.
        content = read_idx(Path(output_file), file)
        (folder / file.name).write_bytes(content)

    # pooch's own hash check is off (None): it knows packed files only, and mirrors pack
    # differently.
    source = pooch.create(
        path=folder,
        base_url=mirror if mirror.endswith("/") else f"{mirror}/",
        registry={packed_name: None},
        retry_if_failed=retries,
    )
    source.fetch(packed_name, downloader=download_and_check)


def _status(error: "HTTPError") -> int:
    """Return the number that a web server answered with, such as 404."""
    return 0 if error.response is None else error.response.status_code


def _reason(error: Exception, timeout: float) -> str:
    """Say in a few words what a mirror did."""
    from requests import exceptions

    if isinstance(error, DamagedFileError):
        return f"sent a wrong file ({error})"
    if isinstance(error, _RefusedError):
        return str(error)
    if isinstance(error, exceptions.HTTPError):
        return f"answered {_status(error)}"
    if isinstance(error, exceptions.Timeout) or "timed out" in str(error):
        return f"sent nothing for {timeout:g} seconds"
    if isinstance(error, exceptions.ChunkedEncodingError):
        return "broke off"
    if isinstance(error, exceptions.ConnectionError):
        return "could not be reached"
    return f"failed ({type(error).__name__})"
