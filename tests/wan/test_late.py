"""The compiler and bitsandbytes wait for their first use, and are then the real ones."""

import subprocess
import sys

TRAINED = """
from wannb.wan.late import put_off
put_off()
import sys, torch, wannb.train.experts, wannb.wan.previews
from wannb.train.optimizers import *
weight = torch.nn.Parameter(torch.ones(3))
optimizer = torch.optim.AdamW([weight], lr=0.1)
weight.sum().backward()
optimizer.step()
assert weight.max() < 1
from peft import LoraConfig, inject_adapter_in_model
inject_adapter_in_model(LoraConfig(target_modules=["0"]), torch.nn.Sequential(torch.nn.Linear(2, 2)))
print(*(name in sys.modules for name in ("torch._dynamo.eval_frame", "torch._inductor", "bitsandbytes.optim")))

from bitsandbytes.optim import AdamW8bit, adamw
assert sys.modules["bitsandbytes.optim"].AdamW8bit is AdamW8bit is adamw.AdamW8bit
import bitsandbytes, bitsandbytes.functional
assert bitsandbytes.functional is sys.modules["bitsandbytes.functional"]
assert bitsandbytes.optim.__spec__.name == "bitsandbytes.optim" and bitsandbytes.nn.Linear4bit
real = torch._dynamo
assert real.disable.__module__.startswith("torch._dynamo") and type(real) is type(sys)
assert real.eval_frame.innermost_fn and real.config is sys.modules["torch._dynamo.config"]
print(real.__spec__.loader is real.__loader__)
"""


def test_they_are_loaded_by_their_first_use_and_not_before():
    told = subprocess.run([sys.executable, "-c", TRAINED], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert told.stdout.split() == ["False", "False", "False", "True"]


MISSING = """
import sys, pathlib
from wannb.wan.late import put_off
put_off()
folder = pathlib.Path(sys.argv[1], "bitsandbytes")
folder.mkdir()
(folder / "__init__.py").write_text("raise OSError('no library')")
sys.path.insert(0, sys.argv[1])
import bitsandbytes
for _ in range(2):
    try:
        import bitsandbytes.optim
    except OSError as error:
        print(error)
"""


def test_what_cannot_be_loaded_says_why_each_time(tmp_path):
    told = subprocess.run([sys.executable, "-c", MISSING, tmp_path], capture_output=True, text=True)
    assert told.stdout.splitlines() == ["no library", "no library"], told.stderr
