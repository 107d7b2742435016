"""Fills a configuration in: `render.py nginx.conf site.env` prints nginx.conf with each ${NAME} of the
environment file in its place. Standard library only: it runs before anything is installed."""

import re
import sys
from pathlib import Path

_NAME = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
# What would end a directive and begin another, or be a variable of nginx.
_UNSAFE = re.compile(r"[\s;{}$\"'\\]")


class RenderError(Exception):
    pass


def read_environment(file: Path) -> dict[str, str]:
    """Lines of NAME=value, as systemd's EnvironmentFile, compose and the site read them alike."""
    lines = [line.strip() for line in file.read_text().splitlines()]
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name: value for name, _, value in pairs}


def render(template: str, environment: dict[str, str]) -> str:
    values = environment | {
        "SERVER_NAMES": environment.get("ALLOWED_HOSTS", "").replace(",", " "),
        "ADMIN_PATH": environment.get("ADMIN_PATH", "admin").strip("/") + "/",
        "SITE_URL": environment.get("SITE_URL", "").rstrip("/"),
    }
    wanted = sorted(set(_NAME.findall(template)))
    if missing := [name for name in wanted if not values.get(name)]:
        raise RenderError(f"Not set in the environment file: {', '.join(missing)}.")
    for name in wanted:
        parts = values[name].split() if name == "SERVER_NAMES" else [values[name]]
        if any(_UNSAFE.search(part) for part in parts):
            raise RenderError(f"{name} has a character that nginx would take for something else.")
    return _NAME.sub(lambda match: values[match[1]], template)


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("Use: render.py TEMPLATE ENVIRONMENT_FILE", file=sys.stderr)
        return 2
    template, environment = map(Path, arguments)
    try:
        print(render(template.read_text(), read_environment(environment)), end="")
    except (OSError, RenderError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
