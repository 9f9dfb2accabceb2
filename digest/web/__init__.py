"""The web pages; they work without JavaScript and cookies."""

from digest.web.app import build_web_app
from digest.web.dependencies import HealthStatus, WebDependencies
from digest.web.server import WebServer, open_listen_socket
from digest.web.telegram_webhook import TelegramWebhook

__all__ = ["HealthStatus", "TelegramWebhook", "WebDependencies", "WebServer", "build_web_app", "open_listen_socket"]
