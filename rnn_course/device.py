"""Pick the device that torch should run on, and say why."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def pick_device() -> tuple[str, str]:
    """Return the name of the best torch device here, and the reason in words.

    Returns
    -------
    device : ``"cuda"``, ``"mps"`` or ``"cpu"``
    reason : str, one sentence to show to the reader
    """
    try:
        import torch
    except ModuleNotFoundError:
        return "cpu", "torch is not installed, so there is no GPU to use (pip install torch)."
    if torch.cuda.is_available():
        return "cuda", f"Running on {torch.cuda.get_device_name(0)}."
    if torch.backends.mps.is_available():
        return "mps", "Running on this Mac's GPU."
    return "cpu", "torch sees no GPU here."


def gpu_or_stored(run: Callable[[str], dict[str, Any]], stored: Path) -> dict[str, Any] | None:
    """Run a GPU-optional cell: on a GPU if there is one, else show what a real GPU run stored.

    Parameters
    ----------
    run : callable, takes the device's name and returns numbers or strings by name
    stored : path of the JSON file that holds an earlier run's result with the card's name under ``"device"``

    Returns
    -------
    dict, the result with ``"device"`` added; ``None`` if there is neither a GPU nor a stored run. Says which it was.
    """
    device, reason = pick_device()
    if device != "cpu":
        print(reason)
        return {"device": reason, **run(device)}
    if stored.exists():
        result = json.loads(stored.read_text())
        print(f"{reason} Showing a stored run. {result['device']}")
        return result
    print(f"{reason} No GPU run of this cell has been stored yet, so there is nothing to show.")
    return None
