"""What preflight says of the bits that weights are held in, of adapters and of exclusions."""

import pytest

from wannb.job import Job
from wannb.job.cost import memory
from wannb.job.cost.model_shape import ModelShape
from wannb.job.cost.plan import Plan
from wannb.job.model import ADAPTERS
from wannb.job.preflight import findings
from wannb.job.qtypes import NEAREST, WORKING, held, nearest
from wannb.job.recovered import held_experts
from wannb.job.rules.quantization import quantization_findings

MODEL = ModelShape.of_14b("i2v")
THEIRS = (
    "qfloat8", "float8", "int8", "convrot8", "convrot4", "nvfp4", "convrotint2", "convrotint7", "convrotbitnet",
    "uint2", "uint3", "uint4", "uint5", "uint6", "uint7", "uint8", "orbit2", "orbit3", "orbit4", "qint2", "qint4",
    "qint8", "qfloat8_e4m3fn", "qfloat8_e5m2",
)  # fmt: skip
"""AI Toolkit's names (ai-toolkit.md 1.6)."""


def a_job(**model):
    made = Job.recipe("motion", "i2v", 24)
    for key, value in {"quantize": True, "qtype": "uint4", "quantize_te": False, **model}.items():
        setattr(made.model, key, value)
    return made


def found(job):
    return list(quantization_findings(job))


@pytest.mark.parametrize("key", ["qtype", "qtype_te"])
@pytest.mark.parametrize("name", THEIRS)
def test_every_name_of_ai_toolkits_works_or_says_the_nearest_that_does(name, key):
    job = a_job(quantize_te=True, **{key: name})
    if held(name).kind in WORKING:
        assert found(job) == []
        return
    (one,) = found(job)
    assert (one.code, one.severity, one.where) == ("not-built", "error", f"model.{key}")
    instead, why = nearest(name)
    assert name in one.message and str(why) in one.message and instead in one.fix
    one.cure(job)
    assert job.get(f"model.{key}") == instead and found(job) == []
    assert all(one in WORKING for one, _ in NEAREST.values())


def test_a_misspelled_name_is_no_choice():
    (one,) = found(a_job(qtype="qfloat9"))
    assert one.code == "unknown-choice" and "qfloat8" in one.fix
    (one,) = found(a_job(qtype="zzz"))
    assert one.cure is None and "uint4" in one.fix


def test_nothing_is_said_where_the_switch_is_off():
    assert found(a_job(quantize=False, qtype="zzz", quantize_kwargs={"x": 1})) == []


@pytest.mark.parametrize("task", ["t2v", "i2v"])
def test_the_published_adapters_are_what_recipes_for_small_cards_name(task):
    job = Job.recipe("motion", task, 24)
    assert job.model.qtype == ADAPTERS[job.model.arch] and job.model.quantize and found(job) == []
    kind, adapter = held(job.model.qtype)
    assert kind == "uint4" and adapter.startswith("ostris/accuracy_recovery_adapters/")
    job.model.arch = {"t2v": "wan22_14b_i2v", "i2v": "wan22_14b"}[task]
    (one,) = found(job)
    assert (one.code, one.severity) == ("adapter-wrong", "warning")
    one.cure(job)
    assert found(job) == []


WRONG = {
    "gives back what uint4 loses": {"qtype": "qint4|a/b/c.safetensors"},
    "is no file here": {"qtype": "uint4|./nowhere.safetensors"},
    "Two accuracy recovery adapters": {"qtype": "uint4|a/b/c.st", "accuracy_recovery_adapter": "d/e/f.st"},
    "for the text encoder": {"quantize_te": True, "qtype_te": "uint4|a/b/c.st"},
    "only exclude is built": {"quantize_kwargs": {"include": ["*"], "exclude": "ffn.*"}},
    "is the name of no linear": {"quantize_kwargs": {"exclude": ["ffn.*", "blocks.3.*"]}},
}


@pytest.mark.parametrize("said", WRONG)
def test_what_contradicts_itself_is_said(said):
    job = a_job(**WRONG[said])
    (one,) = found(job)
    assert one.severity == "error" and said in one.message and one in findings(job)
    if one.cure:
        one.cure(job)
        assert found(job) == []


def test_a_tiny_wan_goes_without_the_published_adapters_and_is_told():
    job = a_job(name_or_path="wannb/tiny-wan2.2-i2v", qtype=ADAPTERS["wan22_14b_i2v"])
    (one,) = found(job)
    assert (one.code, one.severity) == ("adapter-wrong", "warning") and "without it" in one.message
    assert held_experts(job) == ("uint4", None)
    job.model.name_or_path = "a/b"
    assert held_experts(job).adapter and found(job) == []


def test_an_adapter_of_ones_own_and_exclusions_pass(tmp_path):
    file = tmp_path / "own.safetensors"
    file.write_bytes(b"")
    for model in ({"qtype": f"uint4|{file}"}, {"accuracy_recovery_adapter": str(file)}):
        assert found(a_job(**model)) == []
    for exclude in ("ffn.*", ["attn1.to_q", "*.to_out.0", "condition_embedder*", "proj_out*"]):
        assert found(a_job(quantize_kwargs={"exclude": exclude})) == []


def test_the_estimate_has_an_experts_bits_its_adapter_and_what_unpacking_takes():
    linears, rest = 40 * MODEL.block_linears, MODEL.parameters - 40 * MODEL.block_linears

    def parts(qtype):
        plan = Plan.of(a_job(qtype=qtype, low_vram=True), MODEL)
        return memory.expert_bytes(plan) - 2 * rest - 2 * MODEL.kept_in_fp32, memory.training_parts(plan, 1)["other"]

    assert parts("float8")[0] == linears and parts("uint4")[0] == pytest.approx(0.546875 * linears)
    assert parts("uint4|a/b/c")[0] - parts("uint4")[0] == pytest.approx(2 * 16 * 40 * 119_808)
    assert parts("uint4")[1] - parts("float8")[1] == pytest.approx(5 * 5120 * 13824 / 2**30)


def test_the_text_encoders_table_of_words_stays_whole():
    plan = Plan.of(a_job(quantize_te=True, qtype_te="qfloat8"), MODEL)
    assert memory.text_bytes(plan) == pytest.approx(6.731e9, rel=1e-3)
