"""What `deploy/` says can be read, and agrees with itself and with the program; none of it is run here."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from app.command_line.gateway.commands import serve
from app.command_line.gateway.opening import Opening
from app.command_line.main import cli
from tests.support.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DEPLOY = ROOT / "deploy"
FILES = sorted(DEPLOY.rglob("*.yaml"))
ENVIRON = {"JACKFIELD_TOKEN": "a-token", "TICKETS_TOKEN": "another", "STATE_URL": "redis://state:6379/0"}


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


KUBERNETES = [one for path in FILES if path.parent.name == "kubernetes" for one in documents(path)]


def of_kind(kind: str) -> dict[str, Any]:
    return {one["metadata"]["name"]: one["spec"] for one in KUBERNETES if one["kind"] == kind}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_file_can_be_read(path: Path) -> None:
    for document in documents(path):
        assert isinstance(document, dict)
    if path.parent.name == "kubernetes":
        assert all({"apiVersion", "kind", "metadata"} <= set(one) for one in documents(path))


def configurations() -> dict[str, str]:
    (map_,) = [one for one in KUBERNETES if one["kind"] == "ConfigMap"]
    return {"compose": (DEPLOY / "config.toml").read_text(), "kubernetes": map_["data"]["config.toml"]}


def commands() -> dict[str, tuple[list[str], set[str]]]:
    """How the gateway is started, and the variables that it is given."""
    (line,) = re.findall(r"^CMD (.*)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    (compose,) = documents(DEPLOY / "compose.yaml")
    one = compose["services"]["gateway-a"]
    (container,) = of_kind("Deployment")["jackfield"]["template"]["spec"]["containers"]
    return {
        "image": (json.loads(line), set(ENVIRON)),
        "compose": (one["command"], set(one["environment"])),
        "kubernetes": (container["args"], {each["name"] for each in container["env"]}),
    }


@pytest.mark.parametrize("where", ["image", "compose", "kubernetes"])
def test_what_is_started_is_understood(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text(configurations().get(where, ""), encoding="utf-8")
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    (name, *words), variables = commands()[where]
    assert name == "serve"
    for variable in variables:
        monkeypatch.setenv(variable, ENVIRON[variable])
    root = cli.make_context("jackfield", ["--strict", "serve"])
    with root, serve.make_context("serve", words, parent=root) as context:
        given = {key: value for key, value in context.params.items() if key != "workers"}
        opening = Opening.of(context, **given)
        opening.access()
    assert opening.host == "0.0.0.0"
    if where != "image":
        assert opening.settings.state
        assert all(server.transport == "http" for server in opening.wish.servers)


def test_the_gateways_of_compose_are_those_of_envoy() -> None:
    (compose,) = documents(DEPLOY / "compose.yaml")
    (envoy,) = documents(DEPLOY / "envoy.yaml")
    resources = envoy["static_resources"]
    wanted = {name for name in compose["services"] if name.startswith("gateway-")}
    for cluster in resources["clusters"]:
        (group,) = cluster["load_assignment"]["endpoints"]
        places = [each["endpoint"]["address"]["socket_address"] for each in group["lb_endpoints"]]
        assert {place["address"] for place in places} == wanted
        assert {place["port_value"] for place in places} == {8940}
    (listener,) = resources["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    routes = manager["route_config"]["virtual_hosts"][0]["routes"]
    named = {cluster["name"]: cluster["lb_policy"] for cluster in resources["clusters"]}
    assert [named[route["route"]["cluster"]] for route in routes] == ["LEAST_REQUEST", "RING_HASH"]
    assert all(route["route"]["timeout"] == "0s" for route in routes)


def test_what_kubernetes_is_told_is_there() -> None:
    deployments, services, routes = of_kind("Deployment"), of_kind("Service"), of_kind("HTTPRoute")
    labels = [each["template"]["metadata"]["labels"] for each in deployments.values()]
    for service in services.values():
        assert service["selector"] in labels
    for route in routes.values():
        for rule in route["rules"]:
            for backend in rule["backendRefs"]:
                assert {each["port"] for each in services[backend["name"]]["ports"]} == {backend["port"]}
    for policy in of_kind("BackendTrafficPolicy").values():
        assert {each["name"] for each in policy["targetRefs"]} <= set(routes)
    for deployment in deployments.values():
        spec = deployment["template"]["spec"]
        volumes = {each["name"] for each in spec.get("volumes", ())}
        for container in spec["containers"]:
            assert {each["name"] for each in container.get("volumeMounts", ())} <= volumes


def test_the_image_has_what_the_package_is_made_of() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = {word for line in lines if line.startswith("COPY") for word in shlex.split(line)[1:-1]}
    assert {"app", "widgets", "services", "assets", "pyproject.toml", "requirements/run.txt"} <= copied
    assert all((ROOT / each).exists() for each in copied)
