"""The shape of the house that the linters cannot see."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "core",
    "clinic",
    "waitlist",
    "messaging",
    "offers",
    "outreach",
    "integrations",
    "staff",
    "api",
    "ops",
)
PURE = (
    "integrations/facts.py",
    *(
        f"integrations/hl7/{name}.py"
        for name in ("acknowledging", "framing", "header", "normalising", "people")
    ),
    *(f"integrations/hl7/{name}.py" for name in ("reading", "standings", "times", "tokens", "visits")),
    "integrations/drchrono/visits.py",
    *(f"integrations/writing_back/{name}.py" for name in ("naming", "orders", "siu")),
    "integrations/latest.py",
    "integrations/reader.py",
    "integrations/fhir/issues.py",
    "integrations/fhir/bundling.py",
    "integrations/fhir/checking.py",
    "integrations/fhir/references.py",
    "integrations/fhir/people.py",
    "integrations/fhir/visits.py",
    "integrations/fhir/reading.py",
    "clinic/conflicts.py",
    "waitlist/scoring.py",
    "offers/policy.py",
    "offers/intents.py",
    "offers/languages.py",
    "offers/speech.py",
    "offers/wordings.py",
    "offers/figures.py",
    "offers/meanings.py",
    "messaging/phrases.py",
    "messaging/wording.py",
    "messaging/hours.py",
    "messaging/segments.py",
    "messaging/errors.py",
    "messaging/fates.py",
    "outreach/timing.py",
    "outreach/intents.py",
    "outreach/greeting_days.py",
)
NEVER = ("utils.py", "helpers.py", "services.py", "managers.py")
FILE_LINES, FUNCTION_LINES, VIEW_LINES, TEST_LINES, PARAMETERS = 300, 35, 25, 30, 6
Function = ast.FunctionDef | ast.AsyncFunctionDef


def files_in(*folders: str) -> list[Path]:
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions_in(path: Path) -> Iterator[Function]:
    yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, Function))


def length(function: Function) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def parameters(function: Function) -> int:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return len([argument for argument in named if argument.arg not in ("self", "cls")])


def too_long(paths: list[Path], limit: int, counts: Callable[[Function], bool]) -> list[str]:
    return [
        f"{name_of(path)}:{function.lineno} {function.name} has {length(function)} lines"
        for path in paths
        for function in functions_in(path)
        if counts(function) and length(function) > limit
    ]


def lines_with(pattern: str, paths: list[Path]) -> list[str]:
    return [
        f"{name_of(path)}:{number} {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(pattern, line)
    ]


def test_no_file_has_more_than_300_lines() -> None:
    paths = files_in(*ROOMS, "clinic_waitlist", "bench", "tests")
    assert [name_of(path) for path in paths if len(path.read_text().splitlines()) > FILE_LINES] == []


def test_no_function_has_more_than_35_lines() -> None:
    assert too_long(files_in(*ROOMS, "clinic_waitlist", "bench"), FUNCTION_LINES, lambda function: True) == []


def test_no_view_function_has_more_than_25_lines() -> None:
    assert too_long(files_in("staff/views", "api/views"), VIEW_LINES, lambda function: True) == []


def test_no_test_has_more_than_30_lines() -> None:
    assert too_long(files_in("tests"), TEST_LINES, lambda function: function.name.startswith("test_")) == []


def test_no_function_takes_more_than_six_parameters() -> None:
    crowded = [
        f"{name_of(path)}:{function.lineno} {function.name} takes {parameters(function)}"
        for path in files_in(*ROOMS, "clinic_waitlist")
        for function in functions_in(path)
        if parameters(function) > PARAMETERS
    ]
    assert crowded == []


def test_no_module_is_a_drawer_for_everything() -> None:
    assert [name_of(path) for path in files_in(*ROOMS, "clinic_waitlist") if path.name in NEVER] == []


def test_only_receivers_connect_receivers() -> None:
    paths = [path for path in files_in(*ROOMS) if path.name != "receivers.py"]
    assert lines_with(r"^\s*@receiver\b|(?<!AsyncConnection)\.connect\(", paths) == []


def test_nobody_listens_to_saved_rows() -> None:
    assert lines_with(r"\b(pre|post)_(save|delete)\b", files_in(*ROOMS)) == []


def test_page_and_api_views_ask_no_manager() -> None:
    assert lines_with(r"\.objects\b", files_in("staff/views", "api/views")) == []


def test_pure_modules_read_no_clock() -> None:
    paths = [ROOT / name for name in PURE if (ROOT / name).exists()]
    assert lines_with(r"\b(timezone\.now|datetime\.now|date\.today|time\.time)\(", paths) == []


def test_no_model_orders_its_rows_for_everybody() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in files_in(*ROOMS)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name == "Meta" and orders_rows(node)
    ]
    assert found == []


def orders_rows(meta: ast.ClassDef) -> bool:
    targets = [target for line in meta.body if isinstance(line, ast.Assign) for target in line.targets]
    return any(isinstance(target, ast.Name) and target.id == "ordering" for target in targets)


def test_every_dependency_says_why_it_is_there() -> None:
    names = [
        match[0].lower()
        for file in ("requirements.in", "requirements-dev.in")
        for line in (ROOT / file).read_text().splitlines()
        if (match := re.match(r"[A-Za-z0-9_.-]+", line)) and not line.startswith("-")
    ]
    page = (ROOT / "docs" / "dependencies.md").read_text().lower()
    assert [name for name in names if f"| {name} |" not in page] == []


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_the_locks_hold_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert text.count("==") <= text.count("--hash=sha256:")
    assert "://" not in text


def test_no_secret_file_is_tracked() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    assert not {".env", ".data"} & {line.split("/")[0] for line in tracked.stdout.splitlines()}
