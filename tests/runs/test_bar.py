"""The bar of `wannb.train`: where it stands is what it was told."""

from wannb.runs.bar import Bar


def test_it_follows_phases_and_steps(capsys):
    bar = Bar()
    bar("encoding clips", 0, 3), bar("encoding clips", 3, 3)
    for step in range(1, 5):
        bar("training", step, 8, row={"stage": "high", "loss": 0.25})
    bar("training", 8, 8, row={"stage": "low", "loss": 0.125})
    bar.close()
    lines = capsys.readouterr().err.replace("\r", "\n").splitlines()
    assert any("encoding clips" in line and "3/3" in line for line in lines)
    assert any("training" in line and "8/8" in line and "low noise, loss 0.1250" in line for line in lines)


def test_a_resumed_run_begins_where_it_was(capsys):
    bar = Bar()
    bar("training", 61, 100, row={"stage": "low", "loss": 0.1})
    bar.close()
    assert "61/100" in capsys.readouterr().err
