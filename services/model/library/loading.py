"""From `ModelSettings` to a model of the library; imports only the SDK that is wanted. Use it in a thread."""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING, Any

import httpx2

from services.error_translation import translate
from services.model.keys import address_of
from services.model_providers import PROVIDERS
from services.trace.exchanges import failed, hooks
from services.web.proxies import client_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_ai.models import Model
    from pydantic_ai.settings import ModelSettings as RequestSettings

    from services.settings import ModelSettings
    from services.trace.trace import Trace

__all__ = ("http_client", "model_of", "settings_of")

_NO_KEY = "none"
"""What is sent where no key is needed: the SDKs insist on one."""


def http_client(environ: Mapping[str, str], trace: Trace | None = None) -> httpx2.AsyncClient:
    """The client for a provider: our proxies and certificates, no redirects, each exchange in the trace."""
    timeout = httpx2.Timeout(600.0, connect=15.0)
    return _Client(trace, **client_options(environ), timeout=timeout)


class _Client(httpx2.AsyncClient):
    """Its trace also has the requests that nothing came back for."""

    def __init__(self, trace: Trace | None, **options: Any) -> None:
        super().__init__(**options, event_hooks=dict(hooks(trace, whole=True)))
        self._trace = trace

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            return await super().send(request, **options)
        except httpx2.HTTPError as error:
            failed(self._trace, request, translate(error).message)
            raise
        except asyncio.CancelledError:
            failed(self._trace, request, "it was cancelled")
            raise


def model_of(settings: ModelSettings, key: str | None, client: httpx2.AsyncClient) -> Model[Any]:
    """The library's model that speaks the provider's interface."""
    import pydantic_ai

    # Nothing of a library is ever written to the terminal: neither its banner nor its warnings.
    pydantic_ai.BANNER_ENABLED = False
    warnings.filterwarnings("ignore", module=r"(anthropic|openai|pydantic_ai)(\.|$)")
    provider = PROVIDERS[settings.provider]
    if provider.api == "anthropic":
        return _anthropic(settings, key or _NO_KEY, client)
    return _openai(settings, key or _NO_KEY, client)


def _anthropic(settings: ModelSettings, key: str, client: httpx2.AsyncClient) -> Model[Any]:
    from anthropic import AsyncAnthropic
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    # With a key in its hand the SDK asks the environment for none.
    sdk = AsyncAnthropic(api_key=key, base_url=address_of(settings), http_client=client)
    return AnthropicModel(settings.name, provider=AnthropicProvider(anthropic_client=sdk))


def _openai(settings: ModelSettings, key: str, client: httpx2.AsyncClient) -> Model[Any]:
    from openai import AsyncOpenAI
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    sdk = AsyncOpenAI(api_key=key, base_url=address_of(settings), http_client=client)
    if settings.base_url:
        sdk.organization = sdk.project = None  # of the environment: they belong to another account
    if PROVIDERS[settings.provider].api == "responses":
        return OpenAIResponsesModel(settings.name, provider=OpenAIProvider(openai_client=sdk))
    if settings.provider == "openai-chat":
        return OpenAIChatModel(settings.name, provider=OpenAIProvider(openai_client=sdk))
    if settings.provider == "ollama":
        from pydantic_ai.providers.ollama import OllamaProvider

        return OpenAIChatModel(settings.name, provider=OllamaProvider(openai_client=sdk))
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    known = OpenAICompatibleProvider(settings.provider, openai_client=sdk)
    return OpenAIChatModel(settings.name, provider=known)


def settings_of(settings: ModelSettings) -> RequestSettings:
    """What every request is made with. Retries are ours: the person sees them."""
    wanted: RequestSettings = {"max_retries": 0, "cache": True}
    if settings.max_output_tokens is not None:
        wanted["max_tokens"] = settings.max_output_tokens
    if settings.reasoning is not None:
        wanted["thinking"] = False if settings.reasoning == "none" else settings.reasoning
    return wanted
