"""The providers of models by name: which interface each speaks, where it is, how its key is called.

Plain data, so that the configuration and the shell may read it; what connects to them is `services.model`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ("PROVIDERS", "Api", "Provider")

Api = Literal["responses", "chat", "anthropic"]


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider: a service, or a program that runs models on this machine."""

    name: str
    api: Api
    """The interface: OpenAI Responses, OpenAI Chat Completions, Anthropic Messages."""
    base_url: str = ""
    """Where it is; empty where each customer has an address of their own."""
    key_variable: str = ""
    """The environment variable that usually holds its key; empty where none is needed."""
    package: Literal["openai", "anthropic"] = "openai"


def _chat(name: str, base_url: str, key_variable: str = "") -> Provider:
    return Provider(name, "chat", base_url, key_variable)


PROVIDERS: Final = {
    provider.name: provider
    for provider in (
        Provider("openai", "responses", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        _chat("openai-chat", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        Provider("anthropic", "anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY", "anthropic"),
        _chat("ollama", "http://localhost:11434/v1"),
        _chat("lmstudio", "http://localhost:1234/v1"),
        _chat("vllm", "http://localhost:8000/v1"),
        _chat("litellm", "http://localhost:4000"),
        _chat("azure", "", "AZURE_OPENAI_API_KEY"),
        _chat("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
        _chat("deepseek", "https://api.deepseek.com", "DEEPSEEK_API_KEY"),
        _chat("github", "https://models.github.ai/inference", "GITHUB_API_KEY"),
        _chat("moonshotai", "https://api.moonshot.ai/v1", "MOONSHOTAI_API_KEY"),
        _chat("fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
        _chat("together", "https://api.together.xyz/v1", "TOGETHER_API_KEY"),
        _chat("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
        _chat("vercel", "https://ai-gateway.vercel.sh/v1", "VERCEL_AI_GATEWAY_API_KEY"),
        _chat("nebius", "https://api.studio.nebius.com/v1", "NEBIUS_API_KEY"),
    )
}
