"""JupyterLite in the site: a whole notebook runs in the reader's browser, and nothing comes from elsewhere.

``lite/notebooks/index.html?path=exercises/SLUG.ipynb`` opens one. Its Python is that of the live cells, see `live`. What
the reader writes stays in the browser. Where Pyodide or JupyterLite could not be had, the site does without.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, files, version
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from rnn_book.live import FOLDER, LOCK
from rnn_book.local_only import files_to_scan, remote_fetches

logger = logging.getLogger(__name__)

APPS = ("notebooks", "tree")  # a notebook, and the list of all
NAME = "RNN course"
EXTENSION = "@jupyterlite/pyodide-kernel-extension"
LIBRARIES = ("jupyterlite-core", "jupyterlite-pyodide-kernel")
ICON = '<link rel="icon" href="../../_static/favicon.svg" />'
KERNELSPEC = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
# All that the kernel would install one after the other, by the names that it looks for, and what notebooks import. Of
# these, pyodide-gzipped.js leaves out what is not needed.
PACKAGES = (
    "micropip", "piplite", "ssl", "sqlite3", "ipykernel", "comm", "pyodide_kernel", "jedi", "ipython", "rnn-course",
)  # fmt: skip
FILE_MENU = [
    {"command": "docmanager:download", "rank": 6},
    *({"command": command, "disabled": True} for command in ("filemenu:create-console", "filemenu:logout")),
    {"command": "filemenu:shutdown", "disabled": True},
]
SETTINGS = {
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 2},  # seconds
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},  # all cells are there to be searched
    "@jupyterlab/mainmenu-extension:plugin": {"menus": [{"id": "jp-mainmenu-file", "items": FILE_MENU}]},
}
# They say what makes no sense here: trust in one's own work, and the time of a checkpoint that autosave never makes.
DISABLED = ("@jupyter-notebook/notebook-extension:trusted", "@jupyter-notebook/notebook-extension:checkpoints")
NOT_SERVED = (
    "doc",
    "manifest.webmanifest",
    "icon-*.png",
    "package.json",
    "*/package.json",
    "build/fa-*.[est][vot][tgf]",
)
FOLLOWED_ONLY = "https://github.com/jupyterlite/jupyterlite"  # a link in the menu Help


def prepare(app: Sphinx, config: Config) -> None:
    """Say whether there will be a JupyterLite: a text that changes when it changes, else an empty one."""
    if not config.rnn_book_live:
        logger.info("notebooks in the browser: there is no Pyodide, so the site has no JupyterLite")
        return
    try:
        versions = [version(library) for library in LIBRARIES]
    except PackageNotFoundError as error:
        logger.info(f"notebooks in the browser: {error}, so the site has no JupyterLite")
        return
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update(" ".join([config.rnn_book_live, *versions]).encode())
    config.rnn_book_lite = digest.hexdigest()[:16]


def configuration(live: str) -> dict[str, Any]:
    """Return what JupyterLite reads when it starts.

    Parameters
    ----------
    live : str, changes when the files of Python change; it keeps browsers from mixing old files and new ones
    """
    kernel = {
        "pyodideUrl": f"./../_static/pyodide-gzipped.js?{live}",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {
            "indexURL": f"../{FOLDER}/",
            "lockFileURL": f"../{FOLDER}/{LOCK}?{live}",
            "packages": PACKAGES,
        },
    }
    settings = {
        "appName": NAME,
        "appUrl": "./tree",
        "disabledExtensions": DISABLED,
        "faviconUrl": "./../_static/favicon.svg",
        "litePluginSettings": {f"{EXTENSION}:kernel": kernel},
    }
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": settings}


def for_browser(notebook: str) -> str:
    """Return a notebook that asks for the browser's Python; another name would open a dialog.

    Examples
    --------
    >>> json.loads(for_browser('{"metadata": {"kernelspec": {"name": "python3"}}}'))["metadata"]["kernelspec"]["name"]
    'python'
    """
    content = json.loads(notebook)
    content["metadata"]["kernelspec"] = KERNELSPEC
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def notebooks(root: Path, site: Path) -> dict[str, str]:
    """Return the texts of all notebooks: the exercises, and what the site offers for download."""
    paths = {f"exercises/{path.name}": path for path in sorted(root.glob("exercises/*/*.ipynb"))}
    paths |= {f"{path.parent.name}/{path.name}": path for path in sorted(site.glob("notebooks/*/*.ipynb"))}
    return {name: for_browser(path.read_text(encoding="utf-8")) for name, path in paths.items()}


def extension() -> Path:
    """Return the folder of the kernel's extension; those of this environment's other packages are left out."""
    found = [path for path in files(LIBRARIES[1]) or [] if path.as_posix().endswith(f"{EXTENSION}/package.json")]
    return Path(str(found[0].locate())).resolve().parent


def assemble(folder: Path, contents: dict[str, str], live: str) -> Path:
    """Run JupyterLite's own build inside ``folder``; return where its files are."""
    for name, text in contents.items():
        target = folder / "contents" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    build = {
        "apps": APPS,
        "contents": ["contents"],
        "output_dir": "out",
        "ignore_sys_prefix": ["federated_extensions"],
        "federated_extensions": [str(extension())],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }
    (folder / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": build}))
    (folder / "jupyter-lite.json").write_text(json.dumps(configuration(live)))
    (folder / "overrides.json").write_text(json.dumps(SETTINGS))
    command = [sys.executable, "-m", "jupyterlite_core", "build"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise OSError(f"JupyterLite's build failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return folder / "out"


def trim(folder: Path) -> None:
    """Delete what no browser asks for, and give the pages the course's name and icon."""
    for pattern in NOT_SERVED:
        for path in folder.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for app in APPS:
        page = folder / app / "index.html"
        text = page.read_text(encoding="utf-8")
        text = re.sub(r"\s*<link rel=\"manifest\"[^>]*>", "", text).replace("<html>", '<html lang="en">')
        text = re.sub(r"<title>.*?</title>", f"<title>{NAME}</title>\n    {ICON}", text)
        page.write_text(text.replace("Loading JupyterLite...", "Loading the notebook …"), encoding="utf-8")
        settings = folder / app / "jupyter-lite.json"
        content = json.loads(settings.read_text(encoding="utf-8"))
        content["jupyter-config-data"]["faviconUrl"] = "./../../_static/favicon.svg"
        settings.write_text(json.dumps(content), encoding="utf-8")


def build(app: Sphinx, exception: Exception | None) -> None:
    """Put JupyterLite into the site, unless it is there and nothing has changed."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    target, note = site / "lite", Path(app.doctreedir, "lite")
    if not app.config.rnn_book_lite:
        shutil.rmtree(target, ignore_errors=True)
        return
    contents = notebooks(Path(app.confdir), site)
    state = hashlib.sha256(f"{app.config.rnn_book_lite}{sorted(contents.items())}".encode()).hexdigest()
    if target.exists() and note.exists() and note.read_text() == state:
        return
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as place:
        made = assemble(Path(place), contents, app.config.rnn_book_live)
        trim(made)
        shutil.move(made, target)
    for path in files_to_scan(target):
        for fetch in remote_fetches(path):
            if not fetch.endswith(FOLLOWED_ONLY):
                logger.warning(f"remote fetch: {fetch}", location=str(path), type="rnn_book", subtype="remote")
    note.write_text(state)


def setup(app: Sphinx) -> None:
    """Register the build, after the notebooks for download are written."""
    app.add_config_value("rnn_book_lite", "", "html", [str])
    app.connect("config-inited", prepare, priority=600)
    app.connect("build-finished", build, priority=600)
