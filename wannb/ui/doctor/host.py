"""What shows the notebook, told from the kernel's side."""

import os
import sys

import psutil

SERVERS = {"jupyter-lab": "JupyterLab", "jupyterlab": "JupyterLab", "jupyter-notebook": "Notebook"}
"""What stands in the command line of the program that started the kernel."""


def host() -> str:
    """Colab, Kaggle, VS Code, JupyterLab or Notebook where one is noticed; else a kernel, IPython, or a shell."""
    if "google.colab" in sys.modules:
        return "Colab"
    if "KAGGLE_KERNEL_RUN_TYPE" in os.environ:
        return "Kaggle"
    shell = _shell()
    if shell is None:
        return "a shell"
    if "__vsc_ipynb_file__" in shell.user_ns or "VSCODE_PID" in os.environ:
        return "VS Code"
    if not hasattr(shell, "kernel"):
        return "IPython"
    return _server() or "a kernel"


def _shell() -> object | None:
    """IPython's running shell; None outside of one. Nothing is imported to find out."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def _server() -> str | None:
    """Which Jupyter program is the kernel's parent."""
    try:
        said = " ".join(psutil.Process(os.getppid()).cmdline())
    except psutil.Error:
        return None
    return next((name for word, name in SERVERS.items() if word in said), None)
