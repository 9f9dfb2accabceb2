"""How the service does: everything an admin would otherwise look for in logs."""

from datetime import timedelta

from digest.model.errors import DatabaseCorrupted, StoreError
from digest.services.admin import QueueStatus
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.request import Request, Response, html_response
from digest.telegram.texts import health as answers

_LOOKBACK = timedelta(days=7)


async def health(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/health``."""
    zone = request.profile.preferences.timezone if request.profile else deps.subscriptions.defaults.timezone
    signs = await deps.status()
    now = deps.clock()
    return html_response(answers.health_report(request.tr, signs, await _queue_status(deps), now, zone))


async def _queue_status(deps: HandlerDependencies) -> QueueStatus | None:
    """Ask the store; None where it does not answer."""
    try:
        return await deps.stats.queue_status(deps.clock() - _LOOKBACK)
    except (StoreError, DatabaseCorrupted):
        return None
