"""Lets the errors of earlier steps count in every window that holds them.

breaks: truncated_bptt
"""


# %% truncated_bptt
def truncated_bptt(d_output, caches, k1, k2, backward):
    if not 1 <= k1 <= k2:
        raise ValueError(f"k1 = {k1}, k2 = {k2}")
    total = {}
    for first in range(0, len(caches), k1):
        last = min(first + k1, len(caches))
        start = max(0, last - k2)
        errors = d_output[start:last].copy()
        grads = backward(errors, caches[start:last])[3]
        for name in grads:
            total[name] = total.get(name, 0) + grads[name]
    return total
