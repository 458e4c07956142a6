"""A linear whose frozen weight is held in fewer bits: the interface of everything that takes a block's linear's place.

The weight is made anew in the forward pass and again in the backward pass, so that nothing of it is kept between them;
the gradient toward the input is that of a plain linear with this weight. Compiled, both are part of the block's graph.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class FrozenLinear(nn.Linear):
    """`x @ W.T + bias`; what W is held in are parameters of the module, so it moves and streams like any other.

    `weight` is None: whoever takes it for numbers (T5 casts its activations to it, a merge adds to it) would be wrong.
    A kind has `weight_of`, (*held) -> W, and `product`, (x, bias, *held) -> output: `product_of(weight_of)`.
    """

    weight_of: Callable[..., Tensor]
    product: Callable[..., Tensor]

    def __init__(self, out_features: int, in_features: int, bias: Tensor | None, held: dict[str, Tensor]):
        nn.Module.__init__(self)  # nn.Linear's own would make a weight
        self.out_features, self.in_features = out_features, in_features
        self.register_parameter("weight", None)
        self.bias = None if bias is None else nn.Parameter(bias.detach(), requires_grad=False)
        for name, tensor in held.items():
            self.register_parameter(name, nn.Parameter(tensor.detach(), requires_grad=False))
        self._held = tuple(held)

    @property
    def held(self) -> tuple[Tensor, ...]:
        """What W is made of."""
        return tuple(getattr(self, name) for name in self._held)

    @property
    def qweight(self) -> Tensor:
        """The packed bits, by the name that GPTQ gave them: PEFT puts its factors where these are."""
        return self.held[0]

    def forward(self, x: Tensor) -> Tensor:
        """x: [..., in] -> [..., out] in the precision of x."""
        return self.product(x, self.bias, *self.held)

    def dequantized(self) -> Tensor:
        """W [out, in], in the precision of its scales."""
        return self.weight_of(*self.held)


def product_of(weight_of: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """(x, bias, *held) -> x @ W.T + bias with W = weight_of(*held), rounded to the precision of x."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *given: Tensor | None) -> Tensor:
            x, bias, *held = given  # by name, Dynamo may count them as the parameters of a function without ctx
            ctx.save_for_backward(*held)
            return F.linear(x, weight_of(*held).to(x.dtype), bias)

        @staticmethod
        def backward(ctx, gradient: Tensor):
            held = ctx.saved_tensors
            if torch.compiler.is_compiling():
                held = again(held, gradient)
            return gradient @ weight_of(*held).to(gradient.dtype), None, *(None for _ in held)

    return Product.apply


def again(held: tuple[Tensor, ...], gradient: Tensor) -> tuple[Tensor, ...]:
    """`held` with its first tensor, the bits, made to depend on `gradient` without a change: else the compiler finds
    that forward and backward make the same W, and keeps it in between."""
    bits = held[0].view(torch.uint8)
    nothing = (0 * gradient.reshape(-1)[0]).to(torch.uint8)
    return (bits + nothing).view(held[0].dtype), *held[1:]
