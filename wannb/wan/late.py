"""Two slow imports that the libraries make and training seldom needs, put off until something in them is used.

diffusers and torch's optimizers import torch's compiler to say what it must leave alone; peft and diffusers import
bitsandbytes in case that a model is quantized with it. Together a quarter of the time that a trainer takes to start.
For processes of our own alone: in a kernel the user's own code may want to find everything as the libraries left it.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType, SimpleNamespace


def _as_it_is(function: Callable | None = None, *_: object, **__: object) -> Callable:
    return _as_it_is if function is None else function


def _nothing() -> None:
    return None


AT_ONCE = {
    "torch._dynamo": {
        "allow_in_graph": _as_it_is,
        "assume_constant_result": _as_it_is,
        "disable": _as_it_is,
        "graph_break": _nothing,
    },
    "bitsandbytes": {"nn": SimpleNamespace()},
}
"""Module -> what it gives without being loaded: to code that is not compiled these do what the real ones do. peft asks
for bitsandbytes' linears whenever it puts an adapter on a model; none of ours has any."""

ALONE = ("torch._dynamo._trace_wrapped_higher_order_op",)
"""Submodules that use nothing of the module they lie in."""

_loading = RLock()


def put_off() -> None:
    """From now on the modules of AT_ONCE are loaded by their first use; calling it again changes nothing."""
    if not any(isinstance(known, _Finder) for known in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Waiting(ModuleType):
    """A module that is loaded, into itself, by the first use of anything that it has not yet."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # the import system asks; it wants to know, not to use
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        _load(self)
        return getattr(self, name)


def _load(module: ModuleType) -> None:
    with _loading:
        if isinstance(module, _Waiting):
            module.__class__ = ModuleType
            module.__loader__ = module.__spec__.loader = module.__spec__.loader.real
            try:
                module.__loader__.exec_module(module)
            except BaseException:
                sys.modules.pop(module.__name__, None)
                raise


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name in AT_ONCE:
            spec = PathFinder.find_spec(name, path, target)
            if spec and spec.loader:
                spec.loader = _Later(spec.loader)
            return spec
        around = sys.modules.get(name.rpartition(".")[0])
        if isinstance(around, _Waiting) and name not in ALONE:
            _load(around)
            if name in sys.modules:  # loaded by that
                return ModuleSpec(name, _Loaded(sys.modules[name]))
        return None


class _Later(Loader):
    def __init__(self, real: Loader):
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Waiting(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(AT_ONCE[module.__name__])


class _Loaded(Loader):
    """What is there already, as it is: only its spec, which the import system overwrites, is put back."""

    def __init__(self, module: ModuleType):
        self.module, self.spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec
