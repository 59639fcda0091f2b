"""Takes squares for absolute values.

breaks: l1_penalty
"""


# %% l1_penalty
def l1_penalty(params, l1):
    penalty, grads = 0.0, {}
    for name, value in params.items():
        strength = l1 if "weight" in name else 0.0
        penalty += strength * (value**2).sum()
        grads[name] = strength * value
    return penalty, grads
