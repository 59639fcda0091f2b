"""Stores what the step sends back as the state's gradient: off by one in time.

breaks: bptt
"""

import numpy as np


# %% bptt
def bptt(d_output, caches, step_backward):
    dx, d_hidden, grads = [], [], {}
    from_future = np.zeros_like(d_output[0])
    for t in reversed(range(len(caches))):
        d_h = d_output[t] + from_future
        d_x_t, from_future, step_grads = step_backward(d_h, caches[t])
        dx.append(d_x_t)
        d_hidden.append(from_future)
        for name, gradient in step_grads.items():
            grads[name] = grads.get(name, 0) + gradient
    return np.stack(dx[::-1]), np.stack(d_hidden[::-1]), from_future, grads
