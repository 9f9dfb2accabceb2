"""The web pages: a door of the house. They translate and answer, and work without JavaScript and cookies."""

from digest.web.house import Health, WebHouse
from digest.web.server import WebServer, listening_socket
from digest.web.site import build_site
from digest.web.telegram import TelegramHook

__all__ = ["Health", "TelegramHook", "WebHouse", "WebServer", "build_site", "listening_socket"]
