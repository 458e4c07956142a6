"""The ComfyUI nodes that a Wan 2.2 workflow needs, as their servers declare them (formats.md 3.1, 3.4)."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class NodeClass:
    """links: input name -> type; widgets: value names in the order of `widgets_values`; outputs: (name, type)."""

    links: dict[str, str] = field(default_factory=dict)
    widgets: tuple[str, ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    optional: frozenset[str] = frozenset()
    size: tuple[int, int] = (315, 100)


CONDITIONING = (("positive", "CONDITIONING"), ("negative", "CONDITIONING"))
SAMPLER_WIDGETS = (
    "add_noise",
    "noise_seed",
    "steps",
    "cfg",
    "sampler_name",
    "scheduler",
    "start_at_step",
    "end_at_step",
    "return_with_leftover_noise",
)

CLASSES = {
    "UNETLoader": NodeClass(widgets=("unet_name", "weight_dtype"), outputs=(("MODEL", "MODEL"),)),
    "LoraLoaderModelOnly": NodeClass({"model": "MODEL"}, ("lora_name", "strength_model"), (("MODEL", "MODEL"),)),
    "ModelSamplingSD3": NodeClass({"model": "MODEL"}, ("shift",), (("MODEL", "MODEL"),), size=(315, 60)),
    "CLIPLoader": NodeClass(widgets=("clip_name", "type", "device"), outputs=(("CLIP", "CLIP"),), size=(315, 110)),
    "CLIPTextEncode": NodeClass({"clip": "CLIP"}, ("text",), (("CONDITIONING", "CONDITIONING"),), size=(420, 160)),
    "VAELoader": NodeClass(widgets=("vae_name",), outputs=(("VAE", "VAE"),), size=(315, 60)),
    "LoadImage": NodeClass(widgets=("image",), outputs=(("IMAGE", "IMAGE"), ("MASK", "MASK")), size=(315, 315)),
    "WanImageToVideo": NodeClass(
        {
            **dict(CONDITIONING),
            "vae": "VAE",
            "clip_vision_output": "CLIP_VISION_OUTPUT",
            "start_image": "IMAGE",
        },
        ("width", "height", "length", "batch_size"),
        (*CONDITIONING, ("latent", "LATENT")),
        optional=frozenset({"clip_vision_output", "start_image"}),
        size=(315, 210),
    ),
    "EmptyHunyuanLatentVideo": NodeClass(
        widgets=("width", "height", "length", "batch_size"), outputs=(("LATENT", "LATENT"),), size=(315, 130)
    ),
    "KSamplerAdvanced": NodeClass(
        {"model": "MODEL", **dict(CONDITIONING), "latent_image": "LATENT"},
        SAMPLER_WIDGETS,
        (("LATENT", "LATENT"),),
        size=(315, 334),
    ),
    "VAEDecode": NodeClass({"samples": "LATENT", "vae": "VAE"}, (), (("IMAGE", "IMAGE"),), size=(210, 46)),
    "CreateVideo": NodeClass(
        {"images": "IMAGE", "audio": "AUDIO"}, ("fps",), (("VIDEO", "VIDEO"),), frozenset({"audio"}), (270, 78)
    ),
    "SaveVideo": NodeClass({"video": "VIDEO"}, ("filename_prefix", "format", "codec"), (), size=(500, 400)),
}

# what the page's widgets have beyond the API's inputs: the seed's "control after generate", the picture's upload button
EXTRA_WIDGET_AFTER = {("KSamplerAdvanced", "noise_seed"): "fixed", ("LoadImage", "image"): "image"}
