"""How a command ends, and that it runs the checkout it stands in: each end is one line and has its own exit code."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from differential_tests.cli import ends
from differential_tests.cli.start import MARKS, find_checkout
from differential_tests.contracts.artefacts import ROOT

MEGATAO = Path(sys.executable).with_name("megatao")
SHORT = ("campaign", "--machine", "oracle", "--steps", "200", "--seed", "3")
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}


def run(
    *arguments: str | Path, cwd: Path = ROOT, changed: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command line, in a process of its own."""
    command = [str(MEGATAO), *map(str, arguments)]
    environment = {**PLAIN, "COLUMNS": "120", **(changed or {})}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment, check=False, timeout=300)


@pytest.fixture
def failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where tracebacks go."""
    monkeypatch.setattr(ends, "FAILURES", tmp_path / "failures")
    return tmp_path / "failures"


def end(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code of a command that raises, and what it says."""

    @click.command()
    def broken() -> None:
        raise error

    with pytest.raises(SystemExit) as found:
        ends.run_command("megatao", broken)
    assert isinstance(found.value.code, int)
    return found.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (KeyError("colour"), "KeyError: 'colour'"),
        (OSError(28, "No space left on device", "x.json"), "x.json: No space left on device"),
        (RuntimeError("two\nlines"), "RuntimeError: two lines"),
        (AssertionError(), "AssertionError"),
    ],
    ids=repr,
)
def test_unexpected_failure_is_one_line_and_a_file(
    error: Exception, what: str, failures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["megatao"])
    code, text = end(error, capsys)
    assert (code, text.count("\n")) == (3, 1)
    assert text.startswith(f"megatao: an unexpected failure: {what}")
    [file] = failures.iterdir()
    assert text.endswith(f"; its traceback is in {file}\n")
    assert "Traceback (most recent call last)" in file.read_text()
    assert type(error).__name__ in file.read_text()


def test_unexpected_failure_of_a_read_only_checkout(
    tmp_path: Path, failures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failures.write_text("no folder")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "temporary"))
    monkeypatch.setattr(sys, "argv", ["megatao"])
    assert str(tmp_path / "temporary") in end(ValueError(), capsys)[1]
    (tmp_path / "temporary").rename(tmp_path / "moved")
    (tmp_path / "temporary").write_text("no folder either")
    assert end(ValueError(), capsys) == (3, "megatao: an unexpected failure: ValueError:\n")


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (KeyboardInterrupt(), 130, "stopped"),
        (click.UsageError("what it says"), 2, "what it says"),
        (ends.FailureError("what it says"), 3, "what it says"),
        (click.ClickException("what it says"), 1, "what it says"),
    ],
    ids=repr,
)
def test_each_end_has_its_code(
    error: BaseException, code: int, text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["megatao"])
    found, said = end(error, capsys)
    assert (found, said.lstrip("\n")) == (code, f"megatao: {text}\n")


HELD = """
import os, signal
from differential_tests.cli import ends
ends.catch_signals()
for number in (signal.SIGTERM, signal.SIGHUP):
    try:
        with ends.held_signals():
            os.kill(os.getpid(), number)
            print("written")
        print("not stopped")
    except KeyboardInterrupt:
        print(ends.stop_code())
"""


def test_what_is_held_is_done_to_the_end() -> None:
    """In a process of its own: signals come to a process's main thread, which need not be the one of the tests."""
    told = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.split() == ["written", "143", "written", "129"]


EARLY = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
name, sys.argv = sys.argv[1], ["megatao", "--version"]
class Finder:
    @staticmethod
    def find_spec(module, path=None, target=None):
        if module == name:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder)
from differential_tests.cli.start import main
main()
"""


@pytest.mark.parametrize("module", ["locale", "differential_tests.cli.ends", "differential_tests.cli.main", "none"])
def test_interrupt_of_the_first_imports_is_no_traceback(module: str) -> None:
    """Before the command can say anything, the system ends it, as it would any program."""
    command = [sys.executable, "-c", EARLY, module]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert "Traceback" not in result.stderr
    assert (result.returncode, result.stderr) in {
        "locale": [(-signal.SIGINT, "")],
        "none": [(0, "")],
    }.get(module, [(130, "megatao: stopped\n")])


def test_terminated_campaign_reports_and_can_go_on(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    options = ["--output", str(results), "--report", str(tmp_path)]
    command = [str(MEGATAO), "campaign", "--machine", "oracle", "--minutes", "9", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (results.is_file() and results.read_bytes().count(b"\n") > 1):
        time.sleep(0.01)
    process.terminate()
    stdout, stderr = process.communicate()
    assert process.returncode == 143, stderr
    assert "no divergence, stopped" in stdout
    assert "Traceback" not in stderr
    assert (tmp_path / "campaign.json").is_file()


def test_closed_pipe_changes_no_verdict(tmp_path: Path) -> None:
    command = [str(MEGATAO), *SHORT, "--report", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        stderr = process.stderr.read()
    assert process.returncode == 0, stderr
    assert stderr.endswith("megatao: nobody reads the output; what goes to files is whole\n")
    assert "Traceback" not in stderr
    assert (tmp_path / "campaign.json").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_full_disk_is_one_line(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run([MEGATAO, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (result.returncode, result.stderr) == (3, "megatao: the output can't be written: No space left on device\n")
    result = run(*SHORT, "--report", tmp_path, "--json", "/dev/full")
    assert result.returncode == 3
    assert "/dev/full can't be written: " in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "most", "written"),
    [
        (("build", "--output"), 32_000, {"MegaTAO.json"}),
        ((*SHORT, "--report"), 12_000, {"campaign.json"}),
        ((*SHORT, "--report"), 512, set()),
    ],
    ids=["build", "campaign whose page is too large", "campaign whose report is, too"],
)
def test_disk_that_fills_is_one_line_and_what_is_written_is_whole(
    arguments: tuple[str, ...], most: int, written: set[str], tmp_path: Path
) -> None:
    command = [str(MEGATAO), *arguments, str(tmp_path)]
    result = subprocess.run(
        ["sh", "-c", f'ulimit -f {most // 512}; exec "$@"', "sh", *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert result.returncode == 3, result.stderr
    assert result.stderr.splitlines()[-1].startswith(f"megatao: {tmp_path}")
    assert result.stderr.endswith(" can't be written: File too large\n")
    assert "Traceback" not in result.stderr
    assert {path.name for path in tmp_path.iterdir()} >= written
    assert all(json.loads(path.read_text()) for path in tmp_path.glob("*.json"))
    assert not list(tmp_path.glob(".*"))
    if "campaign" in arguments:
        assert f"report: {', '.join(str(tmp_path / name) for name in written) or 'none'}\n" in result.stdout


def test_output_that_was_closed_before_is_none() -> None:
    result = subprocess.run(["sh", "-c", f"{MEGATAO} --version >&- 2>&-"], capture_output=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=str,
)
def test_other_locales_are_no_hindrance(locale: dict[str, str], tmp_path: Path) -> None:
    result = run(*SHORT, "--report", tmp_path, changed=locale)
    assert result.returncode == 0, result.stderr
    assert "no divergence" in result.stdout
    assert "Traceback" not in result.stderr
    result = run("replay", tmp_path / "Ω.json", changed=locale)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)


def make_checkout(folder: Path) -> Path:
    """What looks like a checkout."""
    for mark in MARKS:
        (folder / mark).mkdir(parents=True)
    return folder


def test_another_checkout_is_refused(tmp_path: Path) -> None:
    other = make_checkout(tmp_path / "copy")
    line = f"megatao: this is {other}, and what would run is of {ROOT}: `make .venv/.ok` in {other} sets it up\n"
    for cwd in (other, other / "reference"):
        result = run("--version", cwd=cwd)
        assert (result.returncode, result.stdout, result.stderr) == (2, "", line)
    script = other / ".venv" / "bin" / "megatao"
    script.parent.mkdir(parents=True)
    script.symlink_to(MEGATAO)
    result = subprocess.run([script, "--version"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (2, line)


def test_outside_of_a_checkout_it_says_which_it_judges(tmp_path: Path) -> None:
    assert run("replay", "no such file", cwd=tmp_path).stderr.splitlines()[0] == f"megatao: of {ROOT}"
    assert run("--version", cwd=tmp_path).stderr == ""
    assert run("--version", cwd=ROOT / "reference").returncode == 0
    assert find_checkout(tmp_path) is None


def test_a_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    command = f"mkdir {tmp_path}/gone && cd {tmp_path}/gone && rmdir {tmp_path}/gone && {MEGATAO} --version"
    result = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (2, "megatao: the folder that it stands in is gone\n")


def test_moved_environment_is_made_anew(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    script = tmp_path / ".venv" / "bin" / "megatao"
    script.parent.mkdir(parents=True)
    (tmp_path / ".venv" / ".ok").write_text("")

    def what_make_does(python: Path) -> str:
        script.write_text(f"#!{python}\nimport sys\n")
        command = ["make", "--dry-run", "campaign"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert "-m venv --clear .venv" not in what_make_does(tmp_path / ".venv/bin/python")
    assert "-m venv --clear .venv" in what_make_does(Path("/somewhere/else/.venv/bin/python"))
