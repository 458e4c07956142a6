"""The guides' advice on every setting they name, in the order of the panels: dotted key (`[]` for a list) → advice."""

from wannb.job.guides.data import DATASETS, SAMPLE
from wannb.job.guides.entry import Advice, By, advised
from wannb.job.guides.facts import CARDS, KINDS, TASKS, card_for
from wannb.job.guides.model import ARCHITECTURE, JOB, MODEL, MULTISTAGE, QUANTIZATION, TARGET
from wannb.job.guides.training import ADVANCED, SAVE, TRAINING

PANELS: dict[str, dict[str, Advice | By]] = {
    "JOB": JOB, "MODEL": MODEL, "QUANTIZATION": QUANTIZATION, "MULTISTAGE": MULTISTAGE, "TARGET": TARGET,
    "SAVE": SAVE, "TRAINING": TRAINING, "ADVANCED": ADVANCED, "DATASETS": DATASETS, "SAMPLE": SAMPLE,
}  # fmt: skip
GUIDES: dict[str, Advice | By] = {key: entry for panel in PANELS.values() for key, entry in panel.items()}

__all__ = ["ARCHITECTURE", "CARDS", "GUIDES", "KINDS", "PANELS", "TASKS", "Advice", "By", "advised", "card_for"]
