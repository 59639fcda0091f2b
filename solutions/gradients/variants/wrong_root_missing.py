"""Compares the square of the norm.

breaks: clip_grad_norm
"""


# %% clip_grad_norm
def clip_grad_norm(grads, max_norm):
    if not max_norm > 0:
        raise ValueError(max_norm)
    norm = float(sum((g**2).sum() for g in grads.values()))
    if norm > max_norm:
        for g in grads.values():
            g *= max_norm / norm
    return norm
