"""Lets every layer read the input.

breaks: count_parameters
"""


# %% count_parameters
def count_parameters(gates, input_size, hidden_size, num_layers=1, out_features=None):
    total, inputs = 0, input_size
    for _ in range(num_layers):
        total += gates * hidden_size * (inputs + hidden_size + 2)
    if out_features is not None:
        total += out_features * hidden_size + out_features
    return total
