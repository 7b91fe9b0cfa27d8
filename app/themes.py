"""Jackfield's own two themes: quiet grounds, one accent, colour kept for what a state means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.theme import Theme

if TYPE_CHECKING:
    from textual.app import App

__all__ = ("DARK", "DEFAULT_THEME", "LIGHT", "THEMES", "register_themes", "theme_named")

DARK = Theme(
    name="jackfield",
    dark=True,
    primary="#7fb2e5",
    secondary="#8b93a7",
    accent="#7fb2e5",
    success="#7cc48a",
    warning="#e2b452",
    error="#f0717a",
    foreground="#d7dbe2",
    background="#12151a",
    surface="#181c23",
    panel="#1e232c",
    variables={
        "text": "#d7dbe2",
        "text-muted": "#a7b0be",
        "text-disabled": "#98a1b0",
        "text-primary": "#8fbdea",
        "text-accent": "#8fbdea",
        "text-success": "#7cc48a",
        "text-warning": "#e2b452",
        "text-error": "#f58d94",
        "border": "#5a7a9b",
        "border-blurred": "#5f6d80",
        "block-cursor-background": "#7fb2e5",
        "block-cursor-foreground": "#12151a",
        "footer-background": "#12151a",
        "footer-key-foreground": "#8fbdea",
        "footer-description-foreground": "#a7b0be",
        "input-selection-background": "#7fb2e5 35%",
        "scrollbar": "#5f6d80",
        "scrollbar-hover": "#74839a",
        "scrollbar-active": "#7fb2e5",
        "scrollbar-background": "#12151a",
    },
)

LIGHT = Theme(
    name="jackfield-light",
    dark=False,
    primary="#1f66a8",
    secondary="#5b6475",
    accent="#1f66a8",
    success="#27703a",
    warning="#8a5c00",
    error="#b3261e",
    foreground="#20242b",
    background="#fafaf8",
    surface="#f2f2ef",
    panel="#e9e9e5",
    variables={
        "text": "#20242b",
        "text-muted": "#4b5361",
        "text-disabled": "#565e6c",
        "text-primary": "#1a578f",
        "text-accent": "#1a578f",
        "text-success": "#1f5f31",
        "text-warning": "#704b00",
        "text-error": "#9c1f18",
        "border": "#5d86ae",
        "border-blurred": "#808488",
        "block-cursor-background": "#1f66a8",
        "block-cursor-foreground": "#fafaf8",
        "footer-background": "#fafaf8",
        "footer-key-foreground": "#1a578f",
        "footer-description-foreground": "#4b5361",
        "input-selection-background": "#1f66a8 25%",
        "scrollbar": "#808488",
        "scrollbar-hover": "#6a6e72",
        "scrollbar-active": "#1f66a8",
        "scrollbar-background": "#fafaf8",
    },
)

THEMES = (DARK, LIGHT)
DEFAULT_THEME = DARK.name
"""The theme when `[ui] theme` in config.toml says nothing."""


def register_themes(app: App[Any]) -> None:
    """Make both themes choosable in the app; which one is in use stays the caller's choice."""
    for theme in THEMES:
        app.register_theme(theme)


def theme_named(name: str) -> Theme | None:
    """One of our two; None for any other name."""
    return next((theme for theme in THEMES if theme.name == name), None)
