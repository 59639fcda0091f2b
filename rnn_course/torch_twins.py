"""The course's models in torch: the same attribute names, so that a ``state_dict`` loads either way.

The twins serve two ends. Tests compare them with the numpy models, and GPU-optional cells train them.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

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


class TDNN(nn.Module):
    """Twin of `rnn_course.tdnn.TDNN`: time-major outside, ``torch.nn.Conv1d`` inside.

    Parameters
    ----------
    sizes : sequence of int, the input size, each hidden size, the output size
    kernel_sizes : sequence of int, one for each layer
    strides, dilations : sequences of int for each layer; all ones if not given
    activation : callable on tensors, after each hidden layer
    output_activation : callable on tensors, after the last layer; None leaves logits
    pool : callable that takes the time axis off (T, B, O), optional
    causal : bool, zeros before the sequence, so that no output sees a later input
    """

    def __init__(
        self,
        sizes: Sequence[int],
        kernel_sizes: Sequence[int],
        strides: Sequence[int] | None = None,
        dilations: Sequence[int] | None = None,
        activation: Callable[[Tensor], Tensor] = torch.tanh,
        output_activation: Callable[[Tensor], Tensor] | None = None,
        pool: Callable[[Tensor], Tensor] | None = None,
        causal: bool = False,
    ) -> None:
        super().__init__()
        ones = [1] * len(kernel_sizes)
        layers = zip(pairwise(sizes), kernel_sizes, strides or ones, dilations or ones, strict=True)
        self.layers = nn.ModuleList(nn.Conv1d(i, o, k, s, dilation=d) for (i, o), k, s, d in layers)
        self.padding = [(k - 1) * d if causal else 0 for k, d in zip(kernel_sizes, dilations or ones, strict=True)]
        self.activation, self.output_activation, self.pool = activation, output_activation, pool

    def forward(self, x: Tensor) -> Tensor:
        """Map ``x`` of shape (T, B, I) to (T', B, O), or to (B, O) with a pool."""
        x = x.permute(1, 2, 0)  # (B, I, T), torch's layout
        for i, (layer, padding) in enumerate(zip(self.layers, self.padding, strict=True)):
            x = layer(nn.functional.pad(x, (padding, 0)))
            if i < len(self.layers) - 1:
                x = self.activation(x)
        x = x.permute(2, 0, 1)
        x = x if self.output_activation is None else self.output_activation(x)
        return x if self.pool is None else self.pool(x)


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


class ElmanRNN(nn.Module):
    """Twin of `rnn_course.elman_jordan.ElmanRNN`: ``torch.nn.RNN`` with any activation, and Elman's one-step mode.

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
    activation : callable on tensors
    one_step : bool, detach the context units
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        activation: Callable[[Tensor], Tensor] = torch.tanh,
        one_step: bool = False,
    ) -> None:
        super().__init__()
        self.activation, self.one_step = activation, one_step
        self.num_layers, self.hidden_size = num_layers, hidden_size
        for name, parameter in nn.RNN(input_size, hidden_size, num_layers).named_parameters():
            self.register_parameter(name, parameter)

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map ``x`` (T, B, I) and ``state`` (num_layers, B, H) to an output (T, B, H) and the last state."""
        state = x.new_zeros(self.num_layers, x.shape[1], self.hidden_size) if state is None else state
        last = []
        for i, h in enumerate(state):
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            weight_ih, weight_hh, bias_ih, bias_hh = (getattr(self, f"{name}_l{i}") for name in names)
            hidden = []
            for z in nn.functional.linear(x, weight_ih, bias_ih):
                context = h.detach() if self.one_step else h
                h = self.activation(z + nn.functional.linear(context, weight_hh, bias_hh))
                hidden.append(h)
            x = torch.stack(hidden)
            last.append(h)
        return x, torch.stack(last)


class JordanRNN(nn.Module):
    """Twin of `rnn_course.jordan.JordanRNN`.

    Parameters
    ----------
    input_size, hidden_size, output_size : int
    decay : float, weight of each context unit on itself
    activation, output_activation : callables on tensors; no output activation leaves logits
    one_step : bool, detach the context units
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        decay: float = 0.0,
        activation: Callable[[Tensor], Tensor] = torch.tanh,
        output_activation: Callable[[Tensor], Tensor] | None = None,
        one_step: bool = False,
    ) -> None:
        super().__init__()
        self.decay, self.one_step = decay, one_step
        self.activation, self.output_activation = activation, output_activation
        self.weight_ih = nn.Parameter(torch.empty(hidden_size, input_size))
        self.weight_ch = nn.Parameter(torch.empty(hidden_size, output_size))
        self.bias_h = nn.Parameter(torch.empty(hidden_size))
        self.weight_ho = nn.Parameter(torch.empty(output_size, hidden_size))
        self.bias_o = nn.Parameter(torch.empty(output_size))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden_size**-0.5), hidden_size**-0.5)

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map ``x`` (T, B, I) and the context ``state`` (B, O) to an output (T, B, O) and the last context."""
        context = x.new_zeros(x.shape[1], len(self.bias_o)) if state is None else state
        outputs = []
        for x_t in x:
            context = context.detach() if self.one_step else context
            z = x_t @ self.weight_ih.T + context @ self.weight_ch.T + self.bias_h
            y = self.activation(z) @ self.weight_ho.T + self.bias_o
            y = y if self.output_activation is None else self.output_activation(y)
            outputs.append(y)
            context = self.decay * context + y
        return torch.stack(outputs), context


class GRU(nn.Module):
    """Twin of `rnn_course.gru.GRU`: ``torch.nn.GRU``, and with ``reset_after=False`` the version that torch does not have.

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
    reset_after : bool, where the reset gate acts: after or before the recurrent product of the candidate
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, reset_after: bool = True) -> None:
        super().__init__()
        self.num_layers, self.hidden_size, self.reset_after = num_layers, hidden_size, reset_after
        for name, parameter in nn.GRU(input_size, hidden_size, num_layers).named_parameters():
            self.register_parameter(name, parameter)

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map ``x`` (T, B, I) and ``state`` (num_layers, B, H) to an output (T, B, H) and the last state."""
        state = x.new_zeros(self.num_layers, x.shape[1], self.hidden_size) if state is None else state
        last = []
        for i, h in enumerate(state):
            weight_hh, bias_hh = (getattr(self, f"{name}_l{i}").chunk(3) for name in ("weight_hh", "bias_hh"))
            hidden = []
            for z in nn.functional.linear(x, getattr(self, f"weight_ih_l{i}"), getattr(self, f"bias_ih_l{i}")):
                h = self._step(z.chunk(3, dim=1), h, weight_hh, bias_hh)
                hidden.append(h)
            x = torch.stack(hidden)
            last.append(h)
        return x, torch.stack(last)

    def _step(self, x: Sequence[Tensor], h: Tensor, weight: Sequence[Tensor], bias: Sequence[Tensor]) -> Tensor:
        reset, update = (torch.sigmoid(x[k] + nn.functional.linear(h, weight[k], bias[k])) for k in (0, 1))
        if self.reset_after:
            new = torch.tanh(x[2] + reset * nn.functional.linear(h, weight[2], bias[2]))
        else:
            new = torch.tanh(x[2] + nn.functional.linear(reset * h, weight[2], bias[2]))
        return (1 - update) * new + update * h


class Readout(nn.Module):
    """Twin of `rnn_course.readout.Readout`; ``rnn`` may also be ``torch.nn.RNN``, ``nn.LSTM`` or ``nn.GRU``.

    Parameters
    ----------
    rnn : module whose call gives an output (T, B, H) and the last state, and which has ``hidden_size``
    out_features : int, number of outputs O
    last : bool, read only the last step
    """

    def __init__(self, rnn: nn.Module, out_features: int, last: bool = False) -> None:
        super().__init__()
        self.rnn, self.last = rnn, last
        self.linear = nn.Linear(int(rnn.hidden_size), out_features)  # pyright: ignore[reportArgumentType]

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Map ``x`` (T, B, I) to an output (T, B, O), or (B, O) if only the last step is read, and the last state."""
        hidden, state = self.rnn(x, state)
        return self.linear(hidden[-1] if self.last else hidden), state
