"""Looks at no size above 500.

breaks: match_hidden_size
"""


# %% match_hidden_size
def match_hidden_size(budget, count):
    if count(1) > budget:
        raise ValueError("the budget is too small")
    return min(range(1, 501), key=lambda size: abs(count(size) - budget))
