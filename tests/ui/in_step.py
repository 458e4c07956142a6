"""How far clips that play together are apart, measured in the page."""

from dataclasses import dataclass

from playwright.sync_api import Page

MEASURE = """async ({ loops, least, most }) => {
  const videos = [...document.querySelectorAll(".wannb-cmp-table video")];
  const apart = [], shown = new Map();
  let done = 0, last = 0, on = true;
  for (const video of videos) {
    let loop = 0, before = -1;
    const note = (now, { mediaTime, expectedDisplayTime }) => {
      if (mediaTime < before) loop += 1;
      before = mediaTime;
      const key = `${loop} ${mediaTime.toFixed(3)}`;
      if (!shown.has(key)) shown.set(key, []);
      shown.get(key).push(expectedDisplayTime);
      if (on) video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  }
  const began = performance.now();
  while ((done < loops || apart.length < least) && performance.now() - began < most) {
    await new Promise(requestAnimationFrame);
    const times = videos.map((video) => video.currentTime);
    if (times[0] < last - 0.5) done += 1;
    last = times[0];
    if (videos.every((video) => !video.paused && !video.seeking)) apart.push(Math.max(...times) - Math.min(...times));
  }
  on = false;
  const frames = [...shown.values()].filter((times) => times.length === videos.length);
  const spread = (times) => (Math.max(...times) - Math.min(...times)) / 1000;
  return { clips: videos.length, loops: done, apart, frames: frames.map(spread) };
}"""


@dataclass(frozen=True)
class InStep:
    """`apart`: seconds between the first and the last of the clips at each painted moment; `frames`: seconds between
    the first and the last clip to show one frame, of frames that all showed."""

    clips: int
    loops: int
    apart: list[float]
    frames: list[float]


def in_step(sheet: Page, loops: int, least: int = 1, most: float = 60.0) -> InStep:
    """Watch all clips of the grid while they play `loops` times and until `least` moments were painted, `most` seconds
    at most."""
    return InStep(**sheet.evaluate(MEASURE, {"loops": loops, "least": least, "most": most * 1e3}))
