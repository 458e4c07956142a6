"""The model: its folder, its experts, its LoRA, its latents and its clips."""

from wannb.wan.late import put_off
from wannb.wan.quiet import drop_remarks

drop_remarks()
put_off()
