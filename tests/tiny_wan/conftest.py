import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "tools/tiny_wan"))  # its scripts name each other without a package
torch.set_num_threads(1)
