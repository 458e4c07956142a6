"""One node graph, written down once, in the two forms ComfyUI reads."""

import json
import uuid
from dataclasses import dataclass, field

from wannb.export.nodes import CLASSES, EXTRA_WIDGET_AFTER


@dataclass(frozen=True)
class Output:
    """One output of a node: what a link starts from."""

    node: int
    slot: int


@dataclass
class Node:
    id: int
    kind: str
    title: str
    position: tuple[int, int]
    inputs: dict[str, object]  # link inputs hold an Output, widgets their value

    def __getitem__(self, slot: int) -> Output:
        return Output(self.id, slot)


@dataclass
class Graph:
    """Nodes in the order they were added, which is a topological one: a link can only start from an earlier node."""

    nodes: list[Node] = field(default_factory=list)

    def add(self, kind: str, title: str, position: tuple[int, int], **inputs: object) -> Node:
        unknown = inputs.keys() - CLASSES[kind].links.keys() - set(CLASSES[kind].widgets)
        if unknown:
            raise ValueError(f"{kind} has no input {sorted(unknown)}")
        node = Node(len(self.nodes) + 1, kind, title, position, inputs)
        self.nodes.append(node)
        return node

    def api(self) -> dict:
        """The API form: what POST /prompt takes under "prompt" (formats.md 3.3)."""
        return {
            str(node.id): {
                "class_type": node.kind,
                "inputs": {
                    name: [str(value.node), value.slot] if isinstance(value, Output) else value
                    for name, value in node.inputs.items()
                },
                "_meta": {"title": node.title},
            }
            for node in self.nodes
        }

    def ui(self) -> dict:
        """The form that is dragged into the page, schema version 0.4 (formats.md 3.4)."""
        links = self._links()
        content = json.dumps(self.api(), sort_keys=True)
        return {
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, content)),
            "revision": 0,
            "last_node_id": len(self.nodes),
            "last_link_id": len(links),
            "nodes": [self._ui_node(node, links) for node in self.nodes],
            "links": links,
            "groups": [],
            "config": {},
            "extra": {"ds": {"scale": 0.7, "offset": [0, 0]}},
            "version": 0.4,
        }

    def _links(self) -> list[list]:
        """[link id, source node, source slot, target node, target slot, type] each; slots count link inputs only."""
        links = []
        for node in self.nodes:
            for slot, (name, kind) in enumerate(CLASSES[node.kind].links.items()):
                source = node.inputs.get(name)
                if isinstance(source, Output):
                    links.append([len(links) + 1, source.node, source.slot, node.id, slot, kind])
        return links

    def _ui_node(self, node: Node, links: list[list]) -> dict:
        declared = CLASSES[node.kind]
        into = {slot: link for link, _, _, target, slot, _ in links if target == node.id}
        inputs = [
            {"name": name, "type": kind, "link": into.get(slot)} | ({"shape": 7} if name in declared.optional else {})
            for slot, (name, kind) in enumerate(declared.links.items())
        ]
        outputs = [
            {
                "name": name,
                "type": kind,
                "slot_index": slot,
                "links": [link[0] for link in links if link[1:3] == [node.id, slot]],
            }
            for slot, (name, kind) in enumerate(declared.outputs)
        ]
        return {
            "id": node.id,
            "type": node.kind,
            "pos": list(node.position),
            "size": list(declared.size),
            "flags": {},
            "order": node.id - 1,
            "mode": 0,
            "inputs": inputs,
            "outputs": outputs,
            "title": node.title,
            "properties": {"Node name for S&R": node.kind, "cnr_id": "comfy-core"},
            "widgets_values": _widget_values(node),
        }


def _widget_values(node: Node) -> list:
    values = []
    for name in CLASSES[node.kind].widgets:
        values.append(node.inputs[name])
        if (node.kind, name) in EXTRA_WIDGET_AFTER:
            values.append(EXTRA_WIDGET_AFTER[node.kind, name])
    return values
