"""Returns one unit where not even that fits.

breaks: match_hidden_size
"""


# %% match_hidden_size
def match_hidden_size(budget, count):
    size = 1
    while count(size + 1) <= budget:
        size += 1
    return size + 1 if count(size + 1) - budget < budget - count(size) else size
