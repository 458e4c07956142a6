"""How long the small answers take that panels ask for at each change, each by itself."""

import numpy as np

from bench.measured import Measured
from bench.studio import CLIPS, many_clips, seconds
from tests.data.drawn_motion import ball
from wannb.data.figures import figures
from wannb.data.items import folders_of
from wannb.data.outlook import estimate
from wannb.job.advice import advice
from wannb.job.guides import GUIDES
from wannb.job.recipes import differences, reasons, recipe_for
from wannb.machine import Machine
from wannb.ui.outlook import Outlook

TRIES = 15


def answers() -> list[Measured]:
    """About a job on many clips and about two clips, after each was asked for once."""
    machine, outlook = Machine(None, None, 64.0), Outlook()
    small, wide = ball(np.full((41, 2), 32.0)), np.zeros((81, 480, 832, 3), np.uint8)
    wide[:, 100:300, 200:400] = 200
    with many_clips() as job:
        folders = folders_of(job)
        asked = {
            f"the estimate, {CLIPS} clips": lambda: estimate(job, folders, machine),
            "the pictures of the outlook": lambda: outlook.show(job, estimated),
            "what differs from the recipe": lambda: differences(job),
            "the reasons for what was set": lambda: reasons(job),
            "the recipe of its kind, task and card": lambda: recipe_for(job),
            f"advice on {len(GUIDES)} settings": lambda: [advice(job, key) for key in GUIDES],
            "the figures of 41 frames of 64×64": lambda: figures(small, 16),
            "the figures of 81 frames of 832×480": lambda: figures(wide, 16),
        }
        estimated = estimate(job, folders, machine)
        for ask in asked.values():
            ask()
        return [Measured(what, [seconds(ask) for _ in range(TRIES)]) for what, ask in asked.items()]
