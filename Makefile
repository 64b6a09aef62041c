# foursignal. `make help` lists the targets; `make demo` and `make test` set up whatever they need.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
HUMAN := human
BUNDLE := artifacts/bundles/en
RUN := artifacts/runs/en

export TOKENIZERS_PARALLELISM := false
export HF_HUB_OFFLINE := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check train train-quick eval robustness serve simulate study comparison raters-figures benchmark baselines bundle ship lock clean fuzz models redaction audio learning-curve

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(READY) ## make the virtual environment from the lock file

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "foursignal needs Python 3.11 or newer, found " + sys.version.split()[0])'
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@touch $@

bundle: $(READY) ## build the shipped English scorer's bundle
	@$(PY) -m training bundle scorers/en --output $(BUNDLE)

models: $(READY) ## fetch the model of names that redaction uses
	@$(PY) -m data models redact

demo: bundle ## score the three example conversations
	$(PY) -m scoring examples/discovery_call.vtt examples/renewal_call.txt examples/cold_call_asr.txt

test: check bundle models ## everything: check, then all tests
	$(PY) -m pytest

check: $(READY) ## ruff, mypy, import-linter
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

train: $(READY) ## retrain the English scorer: an hour on two cores, resumed after a kill
	$(PY) -m training train configs/train/en.yaml
	$(PY) -m eval $(RUN)/bundle --output $(RUN)/report
	$(PY) -m training card $(RUN)

train-quick: $(READY) ## the same on a few conversations, in minutes
	$(PY) -m training train configs/train/en.yaml --quick --fresh

eval: bundle ## how good the shipped scorer is on conversations it never saw
	$(PY) -m eval $(BUNDLE) --output artifacts/reports/en

robustness: bundle ## what word errors, plain text, split turns and tricks of speech do to the shipped scorer
	$(PY) -m eval.stress $(BUNDLE) --output artifacts/reports/en
	$(PY) -m eval.contrast $(BUNDLE) --output artifacts/reports/en

serve: bundle ## the scoring API on http://127.0.0.1:8000/docs
	$(PY) -m serving

simulate: $(READY) ## how near the choice of practice comes to the best, on simulated reps
	$(PY) -m coaching simulate

study: $(READY) ## do the workbench's intervals and tests hold what they say? simulated, many minutes
	$(PY) -m benchmarks.interval_coverage
	$(PY) -m benchmarks.variance_coverage
	$(PY) -m benchmarks.alternative_annotator_rates

comparison: $(READY) ## the workbench's figures beside other packages', in an environment of their own
	$(PY) -m benchmarks.comparison

raters-figures: bundle ## the shipped scorer beside real raters, into the pages; HUMAN=folder of annomi/ and uptake/
	$(PY) -m benchmarks.real_raters --bundle $(BUNDLE) --human $(HUMAN)

benchmark: bundle ## scoring a 250-turn call beside four Hugging Face pipelines
	$(PY) -m benchmarks.score_call

baselines: bundle ## the scorer's agreement beside simpler raters, on validation conversations
	$(PY) -m benchmarks.turn_alpha $(BUNDLE)

learning-curve: $(READY) ## would more natural conversations help? the recipe taught on ever more of them, hours
	$(PY) -m benchmarks.learning_curve

redaction: bundle models ## personal data: how much is found, what else is taken, how far it moves the scorer
	$(PY) -m benchmarks.redaction $(BUNDLE)

audio: $(READY) ## a spoken call on two channels, transcribed for real: words, roles, error, speed
	@$(PY) -m data models audio
	$(PY) -m tests.data.spoken_call

fuzz: $(READY) ## 100,000 mutated transcripts and labels through the readers
	$(PY) -m tests.data.fuzz

ship: $(READY) ## put the scorer of the last training run into scorers/en
	$(PY) -m training ship $(RUN) scorers/en

lock: $(READY) ## resolve the dependencies of pyproject.toml anew
	CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/bin/pip-compile --quiet --upgrade --all-extras --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --output-file requirements.lock pyproject.toml
	sed -i 's/^torch==\(.*\)+cpu$$/torch==\1/' requirements.lock

clean: ## remove the virtual environment and everything generated
	rm -rf $(VENV) artifacts
