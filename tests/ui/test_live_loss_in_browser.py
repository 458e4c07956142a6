"""The moving loss plot in a real browser: fed as a kernel feeds it, it draws both experts."""

import os
import random
from pathlib import Path

from tests.ui.browser import frozen, mount, page
from tests.ui.conftest import CHROMIUM
from wannb.ui.live_loss import LiveLoss

TRAITS = ["_rows", "_status", "_colours"]


def train(live: LiveLoss, steps: int, total: int) -> None:
    numbers = random.Random(0)
    for step in range(1, steps + 1):
        stage = "high" if (step - 1) // 10 % 2 == 0 else "low"
        loss = (0.2 if stage == "high" else 0.12) * (0.6 + 0.4 * 0.99**step) * numbers.uniform(0.7, 1.3)
        live("training", step, total, row={"step": step, "stage": stage, "loss": loss})


def test_it_waits_then_draws_both_experts(tmp_path: Path) -> None:
    with page(CHROMIUM) as sheet:
        live = LiveLoss()
        mount(sheet, live, TRAITS)
        assert sheet.locator(".wannb-live-words").inner_text() == "waiting"
        assert not sheet.locator("canvas").is_visible()
        train(live, 300, 300)
        state = {name: frozen(getattr(live, name)) for name in TRAITS}
        sheet.evaluate("(state) => Object.entries(wannb.thaw(state)).forEach(([k, v]) => wannb.model.set(k, v))", state)
        assert sheet.locator(".wannb-live").get_attribute("data-steps") == "300"
        assert sheet.locator(".wannb-live-words").inner_text() == "training 300 / 300 · low noise"
        drawn = sheet.evaluate(
            """() => { const canvas = document.querySelector("canvas"), pen = canvas.getContext("2d");
            const data = pen.getImageData(0, 0, canvas.width, canvas.height).data, found = {};
            for (let i = 0; i < data.length; i += 4)
              if (data[i + 3] === 255) { const k = [...data.slice(i, i + 3)].join(); found[k] = (found[k] || 0) + 1; }
            return found; }"""
        )
        for colour in live._colours.values():
            rgb = ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
            assert drawn.get(rgb, 0) > 100
        live("preview", 4, 4)
        sheet.evaluate("(status) => wannb.model.set('_status', status)", live._status)
        assert sheet.locator(".wannb-live-words").inner_text() == "done: 300 steps"
        sheet.screenshot(path=Path(os.environ.get("WANNB_SCREENSHOTS") or tmp_path) / "live-loss.png")
