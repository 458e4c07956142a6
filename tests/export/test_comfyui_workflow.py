"""The workflow: links agree from both ends, the switch falls on the boundary, every node has what it needs."""

import json

import pytest

from wannb.export import comfyui
from wannb.export.nodes import CLASSES

PAIR = {"high": "orbit_high_noise.safetensors", "low": "orbit_low_noise.safetensors"}
CASES = [(task, names) for task in ("t2v", "i2v") for names in (PAIR, {"high": PAIR["high"]}, {"low": PAIR["low"]})]


def of_class(api, kind):
    return [node for node in api.values() if node["class_type"] == kind]


@pytest.mark.parametrize(
    ("steps", "shift", "i2v", "t2v"),
    [(20, 5, 8, 9), (20, 8, 10, 11), (20, 12, 12, 13), (20, 3, 5, 6), (4, 5, 2, 2), (4, 8, 2, 3)],
)
def test_the_switch_step_is_the_measured_one(steps, shift, i2v, t2v):
    assert (comfyui.switch_step(shift, steps, 0.9), comfyui.switch_step(shift, steps, 0.875)) == (i2v, t2v)


@pytest.mark.parametrize(("task", "names"), CASES)
def test_every_link_stands_at_both_its_ends(task, names):
    page = comfyui.workflow(task, names, "a red circle").ui
    nodes = {node["id"]: node for node in page["nodes"]}
    assert len(nodes) == len(page["nodes"]) == page["last_node_id"]
    for link, source, source_slot, target, target_slot, kind in page["links"]:
        output, entry = nodes[source]["outputs"][source_slot], nodes[target]["inputs"][target_slot]
        assert link in output["links"] and entry["link"] == link
        assert output["type"] == entry["type"] == kind
        assert nodes[source]["order"] < nodes[target]["order"]
    ids = [link[0] for link in page["links"]]
    assert sorted(link for node in nodes.values() for out in node["outputs"] for link in out["links"]) == ids
    into = [entry["link"] for node in nodes.values() for entry in node["inputs"] if entry["link"] is not None]
    assert sorted(into) == ids and page["last_link_id"] == len(ids)
    for node in nodes.values():
        assert all(entry["link"] or entry.get("shape") == 7 for entry in node["inputs"]), node["type"]
    json.dumps(page)


@pytest.mark.parametrize(("task", "names"), CASES)
def test_both_forms_say_the_same(task, names):
    flow = comfyui.workflow(task, names, "a red circle")
    for node in flow.ui["nodes"]:
        api = flow.api[str(node["id"])]
        assert api["class_type"] == node["type"]
        kinds = CLASSES[node["type"]]
        required = (kinds.links.keys() - kinds.optional) | set(kinds.widgets)
        assert required <= api["inputs"].keys()
        assert [api["inputs"][name] for name in kinds.widgets] == [
            value for place, value in enumerate(node["widgets_values"]) if place not in extra_places(node["type"])
        ]


def extra_places(kind):
    return {"KSamplerAdvanced": {2}, "LoadImage": {1}}.get(kind, set())


def test_two_samplers_share_one_schedule_and_hand_over_at_the_boundary():
    flow = comfyui.workflow("i2v", PAIR, "x", steps=20, shift=8, boundary=0.9, seed=5, guidance_scale=3.5)
    first, second = (node["inputs"] for node in of_class(flow.api, "KSamplerAdvanced"))
    assert (first["start_at_step"], first["end_at_step"], second["start_at_step"]) == (0, 10, 10)
    assert (first["add_noise"], first["return_with_leftover_noise"], first["noise_seed"]) == ("enable", "enable", 5)
    assert (second["add_noise"], second["return_with_leftover_noise"]) == ("disable", "disable")
    assert first["steps"] == second["steps"] == 20
    assert flow.api[second["latent_image"][0]]["class_type"] == "KSamplerAdvanced"
    values = next(node for node in flow.ui["nodes"] if node["type"] == "KSamplerAdvanced")["widgets_values"]
    assert values == ["enable", 5, "fixed", 20, 3.5, "euler", "simple", 0, 10, "enable"]


@pytest.mark.parametrize("task", ["t2v", "i2v"])
def test_each_lora_is_on_its_own_expert(task):
    api = comfyui.workflow(task, PAIR, "x").api
    for sampler, expert in zip(of_class(api, "KSamplerAdvanced"), ("high", "low"), strict=True):
        shift = api[sampler["inputs"]["model"][0]]
        lora = api[shift["inputs"]["model"][0]]
        unet = api[lora["inputs"]["model"][0]]
        assert lora["inputs"]["lora_name"] == PAIR[expert]
        assert unet["inputs"]["unet_name"] == f"wan2.2_{task}_{expert}_noise_14B_fp8_scaled.safetensors"
        assert shift["inputs"]["shift"] == {"t2v": 12.0, "i2v": 5.0}[task]


def test_an_expert_without_a_lora_runs_as_its_base():
    api = comfyui.workflow("t2v", {"low": PAIR["low"]}, "x").api
    assert len(of_class(api, "LoraLoaderModelOnly")) == 1 and len(of_class(api, "UNETLoader")) == 2


def test_only_image_to_video_has_a_start_image():
    i2v, t2v = (comfyui.workflow(task, PAIR, "x", image="cat.png", num_frames=41).api for task in ("i2v", "t2v"))
    assert of_class(i2v, "LoadImage")[0]["inputs"]["image"] == "cat.png"
    assert of_class(i2v, "WanImageToVideo")[0]["inputs"]["length"] == 41
    assert not of_class(t2v, "LoadImage")
    assert of_class(t2v, "EmptyHunyuanLatentVideo")[0]["inputs"]["length"] == 41


FAST = {"high": "fast_high.safetensors", "low": "fast_low.safetensors"}
TITLE = 30  # pixels that the page draws above a node's position


def boxes(page):
    for node in page["nodes"]:
        (x, y), (width, height) = node["pos"], node["size"]
        yield node["title"], x, y - TITLE, x + width, y + height


@pytest.mark.parametrize("distilled", [None, FAST])
@pytest.mark.parametrize(("task", "names"), CASES)
def test_no_node_lies_on_another(task, names, distilled):
    placed = list(boxes(comfyui.workflow(task, names, "x", distilled=distilled).ui))
    for i, (one, left, top, right, bottom) in enumerate(placed):
        for other, left2, top2, right2, bottom2 in placed[:i]:
            apart = right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
            assert apart, f"{one} lies on {other}"


@pytest.mark.parametrize("task", ["t2v", "i2v"])
def test_strengths_and_a_distillation_lora_stand_in_both_forms(task):
    flow = comfyui.workflow(task, PAIR, "x", strengths={"high": 0.8, "low": 1.25}, distilled=FAST)
    for sampler, expert in zip(of_class(flow.api, "KSamplerAdvanced"), ("high", "low"), strict=True):
        ours = flow.api[flow.api[sampler["inputs"]["model"][0]]["inputs"]["model"][0]]["inputs"]
        fast = flow.api[ours["model"][0]]["inputs"]
        assert (ours["lora_name"], ours["strength_model"]) == (PAIR[expert], {"high": 0.8, "low": 1.25}[expert])
        assert (fast["lora_name"], fast["strength_model"]) == (FAST[expert], 1.0)
        assert flow.api[fast["model"][0]]["class_type"] == "UNETLoader"
    values = [node["widgets_values"] for node in flow.ui["nodes"] if node["type"] == "LoraLoaderModelOnly"]
    assert values == [[FAST["high"], 1.0], [PAIR["high"], 0.8], [FAST["low"], 1.0], [PAIR["low"], 1.25]]


def test_an_untrained_expert_is_distilled_all_the_same():
    api = comfyui.workflow("t2v", {"low": PAIR["low"]}, "x", distilled=FAST).api
    assert len(of_class(api, "LoraLoaderModelOnly")) == 3
