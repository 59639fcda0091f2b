"""Takes the larger of two sizes that are equally near.

breaks: match_hidden_size
"""


# %% match_hidden_size
def match_hidden_size(budget, count):
    if count(1) > budget:
        raise ValueError("the budget is too small")
    size = 1
    while count(size + 1) <= budget:
        size += 1
    return size + 1 if count(size + 1) - budget <= budget - count(size) else size
