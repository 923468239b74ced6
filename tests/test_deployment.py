"""What the Dockerfile, compose.yaml and the units name exists, and their steps work."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
import yaml
from django.core.management import get_commands

from tests.test_floors import PROJECT

DOCKERFILE = (PROJECT / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE = yaml.safe_load((PROJECT / "compose.yaml").read_text())
UNITS = sorted((PROJECT / "config" / "systemd").glob("*.service"))
OURS = {name: COMPOSE["services"][name] for name in ("migrate", "web", "worker")}
BIN = Path(sys.prefix) / "bin"
# Read by Python, pip, the shell, fontconfig or Django's own start, and by no settings file.
NOT_OURS = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "XDG_CACHE_HOME"}


def steps(word: str) -> list[str]:
    return re.findall(rf"^{word} (.*)$", DOCKERFILE, re.MULTILINE)


def settings_read() -> set[str]:
    """Names that the settings take from the environment."""
    text = (PROJECT / "config" / "settings.py").read_text()
    named = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', text))
    named |= {f"{name}_DIR" for name in re.findall(r'storage\("([A-Z_]+)"', text)}
    named |= set(re.findall(r'"((?:PRODUCT_)?DATABASE_URL)"', text))
    return named | {"RIGHTSDESK_ENV"}


def check_command(words: list[str]) -> None:
    if "manage.py" in words:
        assert words[words.index("manage.py") + 1] in get_commands()


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Of a process that knows this installation alone."""
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "RIGHTSDESK_ENV": str(folder / "env"),
        "VAR_DIR": str(folder),
        **more,
    }


# --- The image ----------------------------------------------------------------------------------


def test_everything_copied_into_the_image_exists() -> None:
    for step in steps("COPY"):
        if not step.startswith("--from"):
            *sources, _target = step.split()
            for source in sources:
                assert (PROJECT / source).exists(), source
                allowed = (PROJECT / ".dockerignore").read_text().splitlines()
                assert f"!{source}" in allowed


def test_every_app_is_in_the_image() -> None:
    tops = {step.split()[0] for step in steps("COPY")}
    assert tops >= {"manage.py", "config", "seats", "consent", "compliance", "templates"}


def test_the_image_runs_as_nobody_in_particular_and_holds_no_secret() -> None:
    assert steps("USER") == ["10001:10001"]
    assert DOCKERFILE.rindex("USER ") > DOCKERFILE.rindex("RUN ")
    said = " ".join(steps("ENV") + steps("ARG"))
    assert not re.search(r"SECRET|PASSWORD|TOKEN|_KEYS?\b|DSN", said)


def test_the_image_has_the_debian_packages_that_an_installation_has() -> None:
    listed = (PROJECT / ".ci" / "prerequisites").read_text()
    asked = set(re.search(r"^run=\((.*)\)$", listed, re.MULTILINE)[1].split())
    installed = [set(found.split()) for found in re.findall(r"recommends (.*?) &&", DOCKERFILE)]
    assert installed == [{"gettext"}, asked - {"gettext"}]


def test_the_images_settings_are_settings() -> None:
    for step in steps("ENV"):
        names = set(re.findall(r"(\w+)=", step))
        assert names - NOT_OURS <= settings_read()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder /app as the build stage leaves it: its own commands, after those of pip."""
    app = tmp_path_factory.mktemp("image") / "app"
    app.mkdir()
    for step in steps("COPY"):
        if step.startswith("--from"):
            continue
        *sources, target = step.split()
        for source in sources:
            into = app / target / Path(source).name if target.endswith("/") else app / target
            into.parent.mkdir(parents=True, exist_ok=True)
            if (PROJECT / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.mo")
                shutil.copytree(PROJECT / source, into, ignore=ignored)
            else:
                shutil.copy(PROJECT / source, into)
    places = {"/venv/bin/python": sys.executable, "/app": str(app), "/tmp": str(app.parent)}
    ran = 0
    for step in steps("RUN"):
        if "apt-get" in step or "pip install" in step:
            continue
        step = re.sub("|".join(places), lambda found: places[found[0]], step)
        path = {"PATH": os.environ["PATH"]}
        subprocess.run(["/bin/sh", "-ec", step], cwd=app, env=path, check=True)
        ran += 1
    assert ran == 3
    assert not (app.parent / "settings").exists()
    return app


def test_the_build_brings_catalogues_and_static_files(image: Path) -> None:
    catalogues = sorted(image.glob("compliance/locale/*/LC_MESSAGES/django.mo"))
    assert [path.parts[-3] for path in catalogues] == ["de", "es", "fr"]
    manifest = json.loads((image / "static" / "staticfiles.json").read_text())
    hashed = manifest["paths"]["compliance/member.css"]
    assert (image / "static" / hashed).is_file()
    assert not (image / "var").exists()


def test_the_requirements_of_the_image_are_those_to_run() -> None:
    asked = subprocess.run(
        [sys.executable, ".ci/requirements.py", "sentry"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "Django==" in asked
    assert "sentry-sdk==" in asked
    assert "pytest" not in asked


# --- What is started ----------------------------------------------------------------------------


def web_commands() -> list[list[str]]:
    units = [unit.read_text() for unit in UNITS]
    found = [json.loads(steps("CMD")[0])]
    found += [
        line.split()
        for text in units
        for line in re.findall(r"^ExecStart=\S*/(gunicorn .*)$", text, re.MULTILINE)
    ]
    return found


def test_there_is_a_web_process_in_the_image_and_in_a_unit() -> None:
    assert len(web_commands()) == 2


@pytest.mark.parametrize("command", web_commands(), ids=["image", "unit"])
def test_the_web_process_starts_from_the_image_without_writing_to_it(
    command: list[str], image: Path, tmp_path: Path
) -> None:
    manage = [sys.executable, "manage.py"]
    known = environment(
        tmp_path, STATIC_DIR=str(image / "static"), LOG_FORMAT="json", PYTHONDONTWRITEBYTECODE="1"
    )
    before = set(image.rglob("*"))
    first = [sys.executable, "-m", "config.first_run", str(tmp_path / "env")]
    for words in (first, [*manage, "migrate", "--no-input", "--verbosity", "0"]):
        subprocess.run(words, cwd=image, env=known, check=True)
    started = [str(BIN / command[0]), *command[1:], "--check-config"]
    ended = subprocess.run(started, cwd=image, env=known, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    said = talk([str(BIN / command[0]), *command[1:]], image, known)
    assert {"gunicorn.error", "django.request"} <= {json.loads(line)["logger"] for line in said}
    assert set(image.rglob("*")) == before


def talk(command: list[str], folder: Path, known: dict[str, str]) -> list[str]:
    """Start it elsewhere, ask it for what is there and what is not, stop it; its log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    command = [*command, "--bind", place]
    with subprocess.Popen(command, cwd=folder, env=known, stderr=subprocess.PIPE, text=True) as web:
        try:
            wait_for(f"http://{place}/healthz")
            with pytest.raises(HTTPError):
                urlopen(f"http://{place}/no/such/page")
        finally:
            web.terminate()
            _out, said = web.communicate(timeout=60)
    return said.splitlines()


def wait_for(url: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            assert urlopen(url).status == 200
            return
        except URLError:
            assert time.monotonic() < end
            time.sleep(0.2)


def test_services_of_ours_can_write_nothing_but_what_is_kept() -> None:
    kept = set(steps("VOLUME")[0].strip("[]").replace('"', "").split(", "))
    for service in OURS.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert not service.get("privileged")
        assert {volume.split(":")[1] for volume in service["volumes"]} == kept
        assert {volume.split(":")[0] for volume in service["volumes"]} <= set(COMPOSE["volumes"])
        assert set(service["environment"]) <= settings_read()
        check_command(service.get("command", []))


def test_only_this_machine_reaches_the_web_process_and_nobody_the_database() -> None:
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"]["web"]["ports"])
    assert "ports" not in COMPOSE["services"]["db"]


def test_services_wait_for_what_they_need_and_say_how_they_are() -> None:
    services: dict[str, Any] = COMPOSE["services"]
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[other]
        if name != "migrate":
            check_command(service["healthcheck"]["test"])
    assert services["db"]["image"].startswith("postgres:15")
    compile(services["web"]["healthcheck"]["test"][-1], "healthcheck", "exec")
    assert "/readyz" in services["web"]["healthcheck"]["test"][-1]


def test_a_first_run_draws_what_compose_asks_for(tmp_path: Path) -> None:
    first = [sys.executable, "-S", "-m", "config.first_run", str(tmp_path / "env")]
    subprocess.run(first, cwd=PROJECT, check=True, capture_output=True)  # -S: nothing is installed
    drawn = {line.split("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    asked = set(re.findall(r"\$\{(\w+)", (PROJECT / "compose.yaml").read_text()))
    assert asked == {"POSTGRES_PASSWORD"}
    assert asked <= drawn
    assert drawn - asked <= settings_read()
    assert "$" not in (tmp_path / "env").read_text()  # compose would replace it


# --- systemd ------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_names_what_exists(unit: Path) -> None:
    text = unit.read_text()
    for words in re.findall(r"^ExecStart(?:Pre)?=(.*)$", text, re.MULTILINE):
        check_command(words.split())
    named = set(re.findall(r"^Environment=(\w+)", text, re.MULTILINE))
    assert named - NOT_OURS <= settings_read()
    assert "User=root" not in text


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_understands_a_unit(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text().replace("/opt/rightsdesk/.venv/bin", str(BIN))
    text = (
        text.replace("/opt/rightsdesk", str(PROJECT))
        .replace("User=rightsdesk", "User=daemon")
        .replace("Group=rightsdesk", "Group=daemon")
    )
    (tmp_path / unit.name).write_text(text)
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    about = [line for line in found.stderr.splitlines() if unit.name in line]
    assert about == []
