"""Unpacks three fractions, whatever their number.

breaks: time_split
"""


# %% time_split
def time_split(n_steps, fractions=(0.8, 0.1, 0.1), gap=0):
    if min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-9 or gap < 0:
        raise ValueError("fractions must be positive and sum to 1, and the gap must not be negative")
    parts, start = [], 0
    train, validation, _ = fractions
    for share in (train, train + validation, 1):
        stop = round(n_steps * share)
        if start >= stop:
            raise ValueError("a part would be empty")
        parts.append(slice(start, stop))
        start = stop + gap
    return tuple(parts)
