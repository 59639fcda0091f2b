"""The course's models in torch: the same attribute names, so that a ``state_dict`` loads either way.

The twins serve two ends. Tests compare them with the numpy models, and GPU-optional cells train them.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

try:
    import torch
    from torch import Tensor, nn
except ModuleNotFoundError as error:
    raise ModuleNotFoundError('rnn_course.torch_twins needs torch: pip install "rnn-course[torch]"') from error


class MLP(nn.Module):
    """Twin of `rnn_course.ffnn.MLP`.

    Parameters
    ----------
    sizes : sequence of int, the input size, each hidden size, the output size
    activation : callable on tensors, after each hidden layer
    output_activation : callable on tensors, after the last layer; None leaves logits
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Callable[[Tensor], Tensor] = torch.tanh,
        output_activation: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in pairwise(sizes))
        self.activation, self.output_activation = activation, output_activation

    def forward(self, x: Tensor) -> Tensor:
        """Map ``x`` of shape (..., I) to an output of shape (..., O)."""
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x))
        x = last(x)
        return x if self.output_activation is None else self.output_activation(x)


class BagOfNgrams(nn.Module):
    """Twin of `rnn_course.order.BagOfNgrams`.

    It never forms the counts: a sum of one column of the weight for each n-gram in the sequence is the same product.

    Parameters
    ----------
    vocabulary_size : int, V
    n_classes : int, C
    n : int, length of the runs of symbols that are counted
    """

    def __init__(self, vocabulary_size: int, n_classes: int, n: int = 1) -> None:
        super().__init__()
        self.vocabulary_size, self.n = vocabulary_size, n
        self.weight = nn.Parameter(torch.zeros(n_classes, vocabulary_size**n))
        self.bias = nn.Parameter(torch.zeros(n_classes))

    def forward(self, tokens: Tensor) -> Tensor:
        """Map int ``tokens`` of shape (T, B) to logits of shape (B, C)."""
        runs = tokens.unfold(0, self.n, 1)  # (T - n + 1, B, n)
        powers = self.vocabulary_size ** torch.arange(self.n - 1, -1, -1, device=tokens.device)
        return nn.functional.embedding((runs * powers).sum(dim=-1), self.weight.T).sum(dim=0) + self.bias
