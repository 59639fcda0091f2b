"""A chaotic signal from a delay equation (Mackey & Glass 1977)."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def make_mackey_glass(n_steps: int, tau: int = 17, start: float = 1.2, substeps: int = 10) -> Array:
    """Integrate dx/dt = 0.2 x(t - τ) / (1 + x(t - τ)¹⁰) - 0.1 x(t), and keep one value a time unit.

    Nothing is random. The classical signal has τ = 17, x(0) = 1.2, and x = 0 before.

    Parameters
    ----------
    n_steps : int, T
    tau : int, delay in time units; the signal is chaotic from about 17
    start : float, x(0)
    substeps : int, Runge–Kutta steps in one time unit

    Returns
    -------
    ndarray of shape (T,), x at the times 0 to T - 1, without unit.

    Raises
    ------
    ValueError
        If ``n_steps``, ``tau`` or ``substeps`` is not positive.

    Notes
    -----
    Source: M. C. Mackey and L. Glass, Oscillation and chaos in physiological control systems, Science 197, 1977.

    Examples
    --------
    >>> make_mackey_glass(3).round(4).tolist()
    [1.2, 1.0858, 0.9825]
    """
    if min(n_steps, tau, substeps) < 1:
        raise ValueError(
            f"expected positive n_steps, tau and substeps, received n_steps={n_steps}, tau={tau}, substeps={substeps}"
        )
    dt, delay = 1 / substeps, tau * substeps
    x = np.zeros(delay + (n_steps - 1) * substeps + 1)  # delay values of the past, then the signal
    x[delay] = start

    def slope(now: float, past: float) -> float:
        return 0.2 * past / (1 + past**10) - 0.1 * now

    for i in range(delay, len(x) - 1):
        now, past = float(x[i]), float(x[i - delay])
        past_after = 0.0 if i + 1 == 2 * delay else float(x[i - delay + 1])  # the past ends in a jump, at time 0
        past_middle = (past + past_after) / 2
        k1 = slope(now, past)
        k2 = slope(now + dt / 2 * k1, past_middle)
        k3 = slope(now + dt / 2 * k2, past_middle)
        k4 = slope(now + dt * k3, past_after)
        x[i + 1] = now + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return x[delay::substeps]
