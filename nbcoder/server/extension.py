"""What Jupyter Server loads."""

from __future__ import annotations

from jupyter_server.extension.application import ExtensionApp

from nbcoder.server.control import Control
from nbcoder.server.engines import Engines
from nbcoder.server.handlers import ROUTES, SERVICES, Services

__all__ = ["NBCoderServer"]


class NBCoderServer(ExtensionApp):
    """Ghost text and the engine's state for the browser."""

    name = "nbcoder"

    def initialize_settings(self) -> None:
        """Make what the routes share."""
        self._services = Services(Engines(), Control())
        self.settings[SERVICES] = self._services

    def initialize_handlers(self) -> None:
        """Add the routes."""
        self.handlers.extend((rf"/nbcoder/api/{name}", handler) for name, handler in ROUTES.items())

    async def stop_extension(self) -> None:
        """Hang up; the engine goes on for the kernels."""
        await self._services.engines.aclose()
