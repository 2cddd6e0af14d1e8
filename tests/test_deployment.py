"""What is shipped for containers: the lists of packages, the image, compose files, Kubernetes."""

import json
import re
import tomllib

import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner
from compose_spec import PyCompose
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from releasecal import sources
from releasecal.cli import main
from releasecal.settings import CONFIG, Settings, variables
from support.pages import RICH, library
from support.paths import ROOT
from support.site import app_of

CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
KUBERNETES = "1.33"
"""The version of Kubernetes whose schema the example fits: old enough for those who run it."""

COMPOSE = ["compose.yaml", "compose.postgresql.yaml"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = {
    name: rows
    for name, rows in PROJECT["project"]["optional-dependencies"].items()
    if name != "dev"
}
WANTED = {
    "requirements.txt": [
        *PROJECT["project"]["dependencies"],
        *(each for rows in EXTRAS.values() for each in rows),
    ],
    "build-requirements.txt": PROJECT["build-system"]["requires"],
}
"""By list of packages: the requirements that it answers."""


def locked(name):
    """Return the text of a list, and its lines as (requirement, number of hashes)."""
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    lines = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    parts = [re.split(r"\s+--hash=", line.strip()) for line in lines if line.strip()]
    return text, [(Requirement(first), len(hashes)) for first, *hashes in parts]


@pytest.fixture(params=WANTED)
def lock(request):
    return request.param


def test_each_package_of_the_image_is_locked(lock):
    """Each requirement has a version in the list that it allows; renewing it is one command."""
    _, rows = locked(lock)
    versions = {
        canonicalize_name(row.name): str(row.specifier).removeprefix("==") for row, _ in rows
    }

    for each in map(Requirement, WANTED[lock]):
        version = versions.get(canonicalize_name(each.name))
        assert version, f"{each} is not locked: docs/container.md has the command"
        assert each.specifier.contains(version), f"{each} is locked at {version}"


def test_each_locked_package_has_its_hashes(lock):
    """Each line has one version and hashes; no line names a host."""
    text, rows = locked(lock)

    assert rows
    assert all(re.fullmatch(r"==[\w.+!]+", str(row.specifier)) for row, _ in rows)
    assert all(count for _, count in rows)
    assert "://" not in text


def test_the_command_that_renews_a_list_is_documented(lock):
    """The head of the list says how it was made, and docs/container.md says the same."""
    text, _ = locked(lock)
    (command,) = re.findall(r"^#\s+(uv pip compile .*)$", text, re.MULTILINE)

    assert command in (ROOT / "docs" / "container.md").read_text(encoding="utf-8")
    if lock == "requirements.txt":
        assert set(re.findall(r"--extra (\S+)", command)) == EXTRAS.keys()


def instructions(name):
    """Return what follows the instruction *name* of the last stage, each time it stands there."""
    stage = CONTAINERFILE.replace("\\\n", " ").rpartition("\nFROM ")[2]
    return re.findall(rf"^\s*{name} (.*)$", stage, re.MULTILINE)


def test_the_image_starts_a_valid_command():
    """The entry point is ours, and its arguments are valid; nobody is root."""
    (program,) = json.loads(instructions("ENTRYPOINT")[0])
    arguments = json.loads(instructions("CMD")[0])

    assert program == "releasecal"
    assert CliRunner().invoke(main, [*arguments, "--help"]).exit_code == 0
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", instructions("USER")[0])


def test_the_wheel_is_built_from_what_reaches_the_builder():
    """Nothing that the wheel is made of is kept from the image's build."""
    rows = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    let_in = {row[1:] for row in rows if row.startswith("!")}
    hatch = PROJECT["tool"]["hatch"]

    wanted = {"src", "data", "pyproject.toml", "README.md", "LICENSE", "deploy/*requirements.txt"}
    wanted |= hatch["build"]["targets"]["wheel"]["shared-data"].keys()
    wanted |= {"hatch_build.py"} if "custom" in hatch["metadata"]["hooks"] else set()
    assert "*" in rows
    assert wanted <= let_in


@pytest.fixture(scope="module")
def objects():
    """Return the objects of deploy/kubernetes.yaml by kind."""
    text = (ROOT / "deploy" / "kubernetes.yaml").read_text(encoding="utf-8")
    return {each["kind"]: each for each in yaml.safe_load_all(text)}


@pytest.fixture(scope="module")
def container(objects):
    (container,) = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
    return container


@pytest.fixture(scope="module")
def services():
    """Return the services of both compose files, the second one laid over the first."""
    found = {}
    for name in COMPOSE:
        text = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
        for service, facts in text["services"].items():
            found[service] = {**found.get(service, {}), **facts}
    return found


def test_settings_in_the_examples_are_settings(container):
    """Each variable of ours in the image and the examples is a setting."""
    texts = [CONTAINERFILE, *((ROOT / name).read_text(encoding="utf-8") for name in COMPOSE)]
    named = {name for text in texts for name in re.findall(r"\bRELEASECAL_\w+", text)}
    named |= {each["name"] for each in container["env"]}

    assert named <= variables().keys() | {CONFIG}
    assert len(named) >= 4


def test_kubernetes_probes_are_addresses_of_ours(container, tmp_path):
    """Each probe asks what a published site answers with 200, on the port that the image has."""
    publisher = library(tmp_path, RICH)
    client = app_of(publisher).test_client()

    probes = {
        name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")
    }
    for probe in probes.values():
        assert client.get(probe["path"]).status_code == 200
        assert probe["port"] == container["ports"][0]["name"]
    assert container["ports"][0]["containerPort"] == int(instructions("EXPOSE")[0])
    assert (probes["liveness"]["path"], probes["readiness"]["path"]) == ("/healthz", "/readyz")
    publisher.store.close()


def test_kubernetes_has_the_image_s_user_and_places(objects, container):
    """The pod is the image's user, with a read-only root, and mounts what the image expects."""
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    user = int(instructions("USER")[0].partition(":")[0])

    assert {pod["securityContext"][name] for name in ("runAsUser", "runAsGroup", "fsGroup")} == {
        user
    }
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    places = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert {"/data", *instructions("VOLUME")} <= places
    assert {mount["name"] for mount in container["volumeMounts"]} == {
        volume["name"] for volume in pod["volumes"]
    }
    # A Service called releasecal sets RELEASECAL_PORT, which is no setting and would be refused.
    assert pod["enableServiceLinks"] is False


def test_the_example_of_kubernetes_is_valid(objects, tmp_path):
    """Each object fits its schema, strictly; so do the settings and the films of the ConfigMap."""
    for each in objects.values():
        kubernetes_validate.validate(each, KUBERNETES, strict=True)
    for name, text in objects["ConfigMap"]["data"].items():
        (tmp_path / name).write_text(text)

    settings = Settings.read({CONFIG: str(tmp_path / "releasecal.toml")})
    (reading,) = sources.read([str(tmp_path / "films.yaml")])

    assert settings.public_url == "https://films.example"
    assert reading.films


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_files_are_valid(name):
    """Each is what the specification of compose files allows, without a field that it lacks."""
    text = (ROOT / name).read_text(encoding="utf-8")

    PyCompose.from_yaml(text).validate()
    with pytest.raises(ValueError, match="raed_only"):
        PyCompose.from_yaml(text.replace("read_only", "raed_only"))


def test_the_compose_files_fit_what_they_start(services):
    """The file of nginx is mounted as it is shipped, and finds releasecal where it looks for it."""
    ours, nginx = services["releasecal"], services["nginx"]

    for volume in (*ours["volumes"], *nginx["volumes"]):
        path = volume.partition(":")[0]
        assert not path.startswith("./") or (ROOT / path).exists(), path
    assert ours["network_mode"] == "service:nginx"
    assert "server 127.0.0.1:8000" in (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert CliRunner().invoke(main, [*ours["command"], "--help"]).exit_code == 0
    assert all(service["read_only"] for service in services.values())
