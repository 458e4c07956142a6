"""Small 3-D convolutions on the CPU by oneDNN.

torch leaves inputs of fewer than 20,480 values a slice to its plain `slow_conv3d` (`use_mkldnn` in aten's
Convolution.cpp), where the tiny Wan's VAE spent four fifths of its time. With the channels last, oneDNN takes values as
they lie; else it turns them to blocks of 16 channels and back for every convolution, a third of the time.
"""

from functools import partial

import torch
from torch import Tensor, nn


def by_onednn(model: nn.Module) -> nn.Module:
    """Have the 3-D convolutions of a frozen `model` done by oneDNN where that can be: in fp32, on the CPU, without
    gradients. Elsewhere they stay as they are, and where torch came without oneDNN nothing changes. What comes out of
    them has its channels last in memory."""
    if torch.backends.mkldnn.is_available():
        for module in model.modules():
            if isinstance(module, nn.Conv3d) and module.padding_mode == "zeros":
                module._conv_forward = partial(_convolved, module, module._conv_forward)
                _put_channels_last(module)
    return model


def _put_channels_last(module: nn.Conv3d) -> None:
    weight = module.weight
    if weight.device.type == "cpu":
        weight.data = weight.data.contiguous(memory_format=torch.channels_last_3d)


def _convolved(module: nn.Conv3d, otherwise: partial, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """x: [B, C, F, H, W]."""
    if x.device.type != "cpu" or x.dtype != torch.float32 or torch.is_grad_enabled():
        return otherwise(x, weight, bias)
    return torch.ops.aten.mkldnn_convolution(
        x, weight, bias, module.padding, module.stride, module.dilation, module.groups
    )
