"""LoKr: dW is the Kronecker product of two small matrices, W1 ⊗ W2 (arXiv 2309.14859), on PEFT's layers."""

from peft import LoKrConfig
from peft.tuners.lokr.layer import Linear, LoKrLayer
from torch import Tensor, nn

from wannb.wan.adapters.adapter import Adapter
from wannb.wan.adapters.low_rank import squared_norm_of_product

WHOLE = 10**9  # a rank that no factor is larger than: PEFT then keeps W2 whole


def config(adapter: Adapter, layers: list[str]) -> LoKrConfig:
    """PEFT's own account of `adapter` on `layers`."""
    rank, alpha = (WHOLE, WHOLE) if adapter.full_rank else (adapter.rank, adapter.alpha)
    return LoKrConfig(r=rank, alpha=alpha, decompose_factor=adapter.factor, target_modules=layers)


def settle(layer: LoKrLayer, name: str, dropout: float) -> None:
    """Make a layer that PEFT injected as `name` one that never forms dW; a whole W2 has the scale 1, as in LyCORIS,
    AI Toolkit and ComfyUI, whatever alpha says."""
    layer.__class__ = Kron  # PEFT leaves no other way to give it a layer class
    layer.input_dropout = nn.Dropout(dropout)
    if name in layer.lokr_w2:
        layer.alpha[name] = layer.r[name]
        layer.scaling[name] = 1.0


class Kron(Linear):
    """PEFT's LoKr layer, computed as (W1 ⊗ W2) x = W1 X W2ᵀ with X = x as a matrix: at the 14B's shapes over thirty
    times fewer operations than with dW."""

    input_dropout: nn.Dropout

    def _get_delta_activations(self, adapter_name: str, input: Tensor, *args: object, **kwargs: object) -> Tensor:
        first, seconds = self.lokr_w1[adapter_name], _seconds(self, adapter_name)
        x = self._cast_input_dtype(self.input_dropout(input), first.dtype)
        x = x.unflatten(-1, (first.shape[1], -1))
        for second in reversed(seconds):
            x = nn.functional.linear(x, second)
        x = nn.functional.linear(x.transpose(-1, -2), first).transpose(-1, -2)
        return x.flatten(-2) * self.scaling[adapter_name]


def squared_norm(layer: LoKrLayer, name: str) -> Tensor:
    """‖W1 ⊗ W2‖² = ‖W1‖² ‖W2‖², 0-dim, without the scale."""
    seconds = _seconds(layer, name)
    second = seconds[0].square().sum() if len(seconds) == 1 else squared_norm_of_product(*seconds)
    return layer.lokr_w1[name].square().sum() * second


def _seconds(layer: LoKrLayer, name: str) -> list[Tensor]:
    """W2, whole or as the two factors whose product it is."""
    if name in layer.lokr_w2:
        return [layer.lokr_w2[name]]
    return [layer.lokr_w2_a[name], layer.lokr_w2_b[name]]
