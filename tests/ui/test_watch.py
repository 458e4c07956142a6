"""What a watched run answers, without a browser: rows once, cuts, clips, events, and requests that reach the run."""

from pathlib import Path

import numpy as np
import pytest

from tests.data import numbered
from tests.ui.made_run import MadeRun
from wannb.refusal import Refusal
from wannb.runs import request
from wannb.runs.following import Follower
from wannb.ui.run_news import RunNews, words_of
from wannb.ui.watch import Watch


class Browser:
    """What watch.js keeps of a run, and how it takes an answer."""

    def __init__(self, news: RunNews) -> None:
        self.news, self.rows, self.cuts, self.clip, self.got = news, {}, 0, "", 0

    def ask(self) -> dict:
        news, buffers = self.news.since(max(self.rows, default=0), self.cuts, self.clip)
        self.take(news, buffers)
        return news

    def take(self, news: dict, buffers: list[bytes]) -> None:
        if news["from"] > max(self.rows, default=0):
            return
        sent = np.frombuffer(buffers[0], "<f4").reshape(-1, 3)
        self.rows = {step: row for step, row in self.rows.items() if step <= news["from"]}
        self.rows |= {int(row[0]): (round(float(row[1]), 5), int(row[2])) for row in sent}
        self.cuts, self.got = news["cuts"], len(sent)
        self.clip = news.get("clip", {}).get("name", self.clip)


def held(made: MadeRun) -> dict:
    return {row["step"]: (round(row["loss"], 5), int(row["stage"] == "low")) for row in made.run.metrics()}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return numbered.write(tmp_path / "clip.mp4", count=5)


def test_each_row_is_sent_once(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        browser = Browser(RunNews(made.run))
        assert browser.ask()["status"]["step"] == 0 and not browser.rows
        for until, new in ((30, 30), (30, 0), (45, 15)):
            made.train(until)
            browser.ask()
            assert browser.got == new and browser.rows == held(made)


def test_several_browsers_and_a_resume_all_end_with_what_the_file_holds(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        news = RunNews(made.run)
        browsers = [Browser(news), Browser(news), Browser(news)]
        numbers = np.random.default_rng(0)
        for _ in range(40):
            if numbers.random() < 0.3 and made.step > 3:
                made.back_to(int(numbers.integers(made.step)))
            made.train(made.step + int(numbers.integers(1, 9)))
            asking = browsers[int(numbers.integers(3))]
            answer = news.since(max(asking.rows, default=0), asking.cuts, asking.clip)
            for browser in browsers:  # a comm brings an answer to every view
                browser.take(*answer)
        for browser in browsers:
            browser.ask()
            assert browser.rows == held(made)


def test_a_new_kernel_shows_what_the_old_one_did(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        made.train(50)
        old = Browser(RunNews(made.run))
        old.ask()
        made.back_to(20)
        made.train(25)
        old.ask()
        new = Browser(RunNews(made.run))
        assert new.ask()["events"] == old.ask()["events"] and new.rows == old.rows == held(made)


def test_where_it_stands(tmp_path: Path) -> None:
    with MadeRun(tmp_path, total=400) as made:
        browser = Browser(RunNews(made.run))
        made.told("encoding clips", 3, 20)
        assert browser.ask()["status"]["phase"]["phase"] == "encoding clips"
        made.train(115)
        status = browser.ask()["status"]
        assert (status["state"], status["step"], status["steps"], status["stage"]) == ("training", 115, 400, "low")
        assert status["eta_s"] == pytest.approx(285 * 3.2) and status["at_work"] and not status["sentence"]
        made.answer("pause")
        paused = browser.ask()
        assert paused["status"]["state"] == "paused" and paused["answers"] == {"pause": 1}
        made.event("stopped", reason="stop")
        status = browser.ask()["status"]
        assert status["state"] == "stopped" and "go on with: wannb train" in status["sentence"]


def test_a_death_is_told_with_its_sentence(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        made.train(5)
        made.event("died", reason="The disk is full. All up to step 3 is saved.", kind="Refusal")
    news = RunNews(made.run)
    status = Browser(news).ask()["status"]
    assert status["state"] == "died" and status["sentence"] == "The disk is full. All up to step 3 is saved."


def test_a_kill_is_told_with_the_way_on(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        made.train(5)
    status = Browser(RunNews(made.run)).ask()["status"]
    assert status["state"] == "died" and status["sentence"].endswith("config.yaml --resume") and not status["at_work"]


def test_who_died_before_the_first_step_is_not_told_to_go_on(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        made.run.dir.config.unlink(missing_ok=True)
    sentence = Browser(RunNews(made.run)).ask()["status"]["sentence"]
    assert "before the first step" in sentence and str(made.run.dir.log) in sentence
    made.run.dir.log.write_text("wannb: The base is gone.\n")
    assert Browser(RunNews(made.run)).ask()["status"]["sentence"] == "The base is gone."


def test_the_newest_clip_comes_once(tmp_path: Path, clip: Path) -> None:
    with MadeRun(tmp_path) as made:
        news = RunNews(made.run)
        browser = Browser(news)
        assert "clip" not in browser.ask()
        made.preview(0, clip)
        shown = browser.ask()["clip"]
        assert (shown["step"], shown["prompt"], shown["mime"]) == (0, "[trigger] red circle moves left", "video/mp4")
        assert "clip" not in browser.ask()
        made.preview(250, clip, "blue")
        content, buffers = news.since(0, 0, browser.clip)
        assert content["clip"]["step"] == 250 and buffers[1] == clip.read_bytes()
        browser.take(content, buffers)
        made.dir.preview(500, 0, ".mp4").parent.mkdir()
        made.dir.preview(500, 0, ".mp4").write_bytes(b"half")
        assert "clip" not in browser.ask()


@pytest.mark.parametrize(
    "row, words",
    [
        ({"event": "saved"}, "saved"),
        ({"event": "started", "resumed": True}, "resumed"),
        ({"event": "stopped", "reason": "done"}, "done"),
        ({"event": "died", "reason": "Out of memory."}, "died"),
        ({"event": "died", "reason": "SystemExit"}, "died: SystemExit"),
        ({"event": "warned", "message": "No poster."}, "No poster."),
        ({"event": "changed", "setting": "train.lr", "before": 1e-4, "now": 5e-5}, "train.lr: 0.0001 → 5e-05"),
        ({"event": "control", "kind": "save", "refused": "Nothing to save."}, "save refused: Nothing to save."),
        ({"event": "control", "kind": None, "file": "x", "refused": "No JSON."}, "a request refused: No JSON."),
        ({"event": "control", "kind": "go on"}, "went on"),
        ({"event": "control", "kind": "save"}, ""),
        ({"event": "switched", "stage": "low"}, ""),
        ({}, ""),
    ],
)
def test_events_worth_a_line(row: dict, words: str) -> None:
    assert words_of(row) == words


def heard(watch: Watch, message: dict) -> list[dict]:
    answers = []
    watch.send = lambda content, buffers=(): answers.append(content)
    watch._handle_custom_msg(message, [])
    return answers


@pytest.mark.parametrize("what", ["pause", "go on", "save", "preview", "stop"])
def test_what_is_asked_for_reaches_the_run(tmp_path: Path, what: str) -> None:
    with MadeRun(tmp_path) as made:
        made.train(3)
        made.dir.control.mkdir()
        watch = Watch(made.dir.path)
        assert heard(watch, {"do": what}) == [{"asked": what}]
        (waiting,) = [request.read(path).kind for path in request.waiting(made.dir.control)]
        assert waiting == what
        assert heard(watch, {"do": "format the disk"}) == []


def test_a_run_that_nobody_trains_says_so(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        made.train(3)
    (answer,) = heard(Watch(made.run), {"do": "pause"})
    assert "is not training" in answer["refused"]


def test_it_takes_a_run_or_a_folder_and_refuses_others(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        made.train(7)
        watch = Watch(str(made.dir.path))
        (answer,) = heard(watch, {"ask": 0, "cuts": 0, "clip": ""})
        assert answer["news"]["status"]["step"] == 7
        text = watch._repr_mimebundle_()[0]["text/plain"]
        assert "training, step 7 of 400, 3.2 s a step, 21 min left" in text
        with pytest.raises(Refusal, match="holds no run"):
            Watch(tmp_path / "nothing")


def test_a_run_that_was_moved_away_is_told_not_raised(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        made.train(7)
        watch = Watch(made.run)
        made.dir.path.rename(tmp_path / "elsewhere")
        (answer,) = heard(watch, {"ask": 0})
        assert answer.keys() <= {"trouble", "news"}


def test_a_look_at_a_long_run_reads_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, add = [], Follower._add
    monkeypatch.setattr(Follower, "_add", lambda self, data: read.append(len(data)) or add(self, data))
    with MadeRun(tmp_path, total=50_000) as made:
        made.train(20_000)
        browser = Browser(RunNews(made.run))
        browser.ask()
        assert read == [made.dir.metrics.stat().st_size] and browser.got == 20_000
        for until in range(20_001, 20_006):
            made.train(until)
            browser.ask()
            assert browser.got == 1
        assert sum(read) == made.dir.metrics.stat().st_size  # nothing is read twice
