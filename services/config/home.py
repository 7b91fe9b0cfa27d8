"""The configuration of the home directory: where it is and what it says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from services.config.paths import config_file, home

if TYPE_CHECKING:
    from pathlib import Path

    from services.config.settings import Configuration

__all__ = ("check_home", "load_home")


def check_home() -> None:
    """Raise ConfigurationError when JACKFIELD_HOME names what is not there; costs next to nothing."""
    if os.environ.get("JACKFIELD_HOME"):
        home()


def load_home(folder: Path | None = None) -> Configuration:
    """Read `config.toml` of the home directory; an absent file is an empty configuration.

    The servers of the project around `folder` (the working directory) are in it as far as the
    person has agreed to them, and inputs are answered from the store: call it in a thread.
    """
    from dataclasses import replace
    from pathlib import Path

    from services.config.file import load
    from services.config.inputs import Answers
    from services.config.project import project_files, with_projects
    from services.config.settings import Problem

    place, told = home(), list[str]()
    answers, file = Answers(place, tell=told.append), config_file(place)
    configuration = load(file, environ=os.environ, inputs=answers.of(str(file)))
    files = project_files(folder or Path(), place)
    configuration = with_projects(configuration, files, os.environ, answers=answers)
    problems = tuple(Problem(line) for line in told)
    return replace(configuration, problems=(*configuration.problems, *problems))
