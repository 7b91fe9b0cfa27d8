"""What a server offers, by name: one line a kind, as `/mcp verbose` has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.skills.naming import labels

if TYPE_CHECKING:
    from services.catalog.entries import Catalog

__all__ = ("offer_lines",)


def offer_lines(catalog: Catalog) -> list[str]:
    """Names of tools, resources, templates, prompts and skills; a kind without any has no line."""
    kinds = {
        "Tools": [tool.name for tool in catalog.tools],
        "Resources": [_named(one.title or one.name, one.uri) for one in catalog.resources],
        "Resource templates": [_named(one.title or one.name, one.uri_template) for one in catalog.templates],
        "Prompts": [prompt.name for prompt in catalog.prompts],
        "Skills": list(labels(catalog.skills)),
    }
    return [f"  {kind}: {', '.join(names)}" for kind, names in kinds.items() if names]


def _named(title: str, address: str) -> str:
    return f"{title} ({address})" if title else address
