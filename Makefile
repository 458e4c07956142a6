# `make demo` and `make test` need Python 3.11+ and make, nothing else. PYTHON=… chooses an interpreter.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

.PHONY: help setup demo test lab bench knobs precisions torture lint notebooks settings lock clean

help:
	@echo "make setup   .venv with wannb and its tools, pinned"
	@echo "make demo    train a LoRA pair on the tiny Wan and play it against the base (a few minutes)"
	@echo "make test    every test, notebooks included"
	@echo "make lab     JupyterLab on the tutorial"
	@echo "make bench   how long an import, a training step and the panels take here"
	@echo "make knobs   what each knob does, trained and measured on the tiny Wan (half an hour)"
	@echo "make precisions  whether a LoRA learns the same over experts of any precision (an hour and a half)"
	@echo "make torture 200 trainers killed at random moments, resumed, held against undisturbed ones"
	@echo "make lint    ruff"

setup: $(STAMP)

# Colab's ipywidgets lie beside the present ones, for the tests that try the widgets on both.
$(STAMP): requirements.txt requirements-ipywidgets7.txt pyproject.toml tools/venv.sh
	@PYTHON="$(PYTHON)" sh tools/venv.sh $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --upgrade --target $(VENV)/ipywidgets7 -r requirements-ipywidgets7.txt
	@touch $@

demo: setup
	$(BIN)/wannb demo --out runs/demo

# One thread per worker: torch would otherwise start as many threads in each as there are cores. Bytecode is kept even
# where the shell says not to: each of a hundred trainers, kernels and readers of clips would compile the package anew.
test: setup
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests notebooks -n $(CORES) --dist loadscope --no-loadscope-reorder

lab: setup
	$(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" notebooks/00_quickstart.ipynb

bench: setup
	$(BIN)/python -m bench

# Trains nine lessons in runs/knobs, those that are not there yet, and writes the table of docs/measured.md.
knobs: setup
	$(BIN)/python -m tools.knobs

# The same for fifteen runs in runs/precisions, one or three for each way to hold the experts.
precisions: setup
	$(BIN)/python -m tools.precisions

# KILLS=50 makes fewer. Exits with 1 where a resumed run differs in anything from the one that nobody killed.
KILLS := 200
torture: setup
	$(BIN)/python -m tools.torture --kills $(KILLS) --workers $(CORES)

lint: setup
	$(BIN)/ruff check .

# Executes the notebooks and writes them back as they are committed.
notebooks: setup
	$(BIN)/python -m tools.notebooks

# Writes docs/settings.md and docs/recipes.md from the declarations and recipes in wannb/job.
settings: setup
	$(BIN)/python -m tools.settings_table
	$(BIN)/python -m tools.recipes_table

# Writes requirements.txt and environment.yml from what is installed in .venv, after it was changed on purpose.
lock: setup
	$(BIN)/python -m tools.lock

clean:
	rm -rf $(VENV) runs
