# Python 3.11 or newer and make are all that has to be there.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# What only reads the settings needs no database, and must not start one.
NO_DATABASE := ENV_FILE=none DATABASE_URL=postgres://nobody@127.0.0.1:1/none DJANGO_SETTINGS_MODULE=tests.settings
PRODUCTION = ENV_FILE=none DATABASE_URL=postgres://nobody@127.0.0.1:1/none DEBUG=false DEMO=false REDIS_URL= \
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
	PUBLIC_URL=https://waitlist.example.org USE_MOCK_TWILIO=false TWILIO_API_BASE_URL= \
	TWILIO_ACCOUNT_SID=AC00000000000000000000000000000000 TWILIO_AUTH_TOKEN=a-token TWILIO_PHONE_NUMBER=+15005550006

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset run test soak mutants screenshots bench fix lint messages lock

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | \
		while IFS='|' read -r name what; do printf '  make %-11s %s\n' "$$name" "$$what"; done

$(BIN)/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

$(BIN)/.installed: requirements.txt | $(BIN)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(BIN)/.installed-dev: requirements-dev.txt $(BIN)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

demo: $(BIN)/.installed ## try everything out with invented patients and simulated phones on PORT (8000)
	@DEMO=true exec $(BIN)/python -m clinic_waitlist.embedded --demo

demo-reset: $(BIN)/.installed ## delete the data of the demo
	@$(BIN)/python -m clinic_waitlist.embedded_postgres --delete

run: $(BIN)/.installed ## serve with the settings of .env; with REDIS_URL as separate processes
	@exec $(BIN)/python -m clinic_waitlist.embedded --prepare

test: lint ## run linters, import contracts and every test but those of the soak
	$(BIN)/python -m pytest -n 4 -m "not soak"

soak: $(BIN)/.installed-dev ## repeat races RACES (50) times, try every order of DEPTH (3) events and EXAMPLES (500) random ones, TEXTS (2000) in every fault, whatever else may fall down, and PROBES (100) of every address by every role; SEED=1 repeats a run
	RACES=$(or $(RACES),50) $(BIN)/python -m pytest -q -n 2 tests/races
	SEARCH_DEPTH=$(or $(DEPTH),3) $(BIN)/python -m pytest -q -n 2 tests/stateful/test_exhaustive.py
	SOAK_EXAMPLES=$(or $(EXAMPLES),500) $(BIN)/python -m pytest -q tests/stateful/test_machine.py $(if $(SEED),--hypothesis-seed=$(SEED))
	PROBES=$(or $(PROBES),100) $(BIN)/python -m pytest -q -n 2 tests/api/test_probing.py
	STORM_TEXTS=$(or $(TEXTS),2000) STORM_SEED=$(SEED) $(BIN)/python -m pytest -q -m soak

mutants: $(BIN)/.installed-dev ## seed faults one at a time and see each caught; ONLY="part of a name"
	$(BIN)/python -m tests.mutants --only "$(ONLY)"

screenshots: $(BIN)/.installed-dev ## draw the pages anew into docs/screenshots, from invented people on a clock that stands
	SCREENSHOTS=docs/screenshots $(BIN)/python -m pytest -q tests/browser/test_screenshots.py

lint: $(BIN)/.installed-dev ## check style, types, import contracts, migrations and production settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint templates --lint --quiet
	$(NO_DATABASE) $(BIN)/mypy .
	$(BIN)/lint-imports
	$(NO_DATABASE) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(BIN)/.installed-dev ## measure every promised figure beside its target and its floor
	$(BIN)/python -m bench

fix: $(BIN)/.installed-dev ## put style right where a program can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Without settings it looks at this folder alone, and needs neither a database nor a secret.
messages: $(BIN)/.installed ## gather the words to translate into locale/, and compile what is translated (needs gettext)
	env -u DJANGO_SETTINGS_MODULE $(BIN)/python -m django makemessages --locale es --extension html,py \
		--no-obsolete --no-wrap --add-location file --ignore 'tests/*' --ignore 'bench/*' --ignore 'static/*'
	env -u DJANGO_SETTINGS_MODULE $(BIN)/python -m django compilemessages --locale es --ignore .venv --verbosity 0

lock: $(BIN)/.installed-dev ## compile the locks from requirements.in and requirements-dev.in
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host requirements.in
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
		--no-emit-find-links --no-emit-trusted-host requirements-dev.in
