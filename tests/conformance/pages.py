"""Every page as the site answers it, in every state that looks different, in both languages."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import update
from structlog.testing import capture_logs

from digest.model import Endpoint, EndpointState, Locale, Target
from digest.storage.tables import endpoints
from digest.web.page_renderer import TEMPLATE_FOLDER
from tests.web.pictures import open_filled_site, page_paths
from tests.web.running_site import ANN_TARGET, RunningSite

INVALID_FIELDS = {"scope": "some", "hour": "25:00", "zone": "Moon/Base", "most": "many"}
"""What makes every field of a form that can be wrong wrong, but the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSet:
    """Pages by name, and the style sheet that they share."""

    pages: Mapping[str, str]
    style: bytes


async def render_all_pages() -> PageSet:
    """Return all pages; each name ends in its language."""
    pages: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder, capture_logs():
        for locale in Locale:
            async with open_filled_site(Path(folder), locale) as site:
                walk = _SiteTour(site=site, locale=locale, paths=await page_paths(site, locale))
                for part in (
                    walk.signup_pages,
                    walk.confirm_pages,
                    walk.preference_pages,
                    walk.unsubscribe_pages,
                    walk.error_pages,
                ):
                    pages |= {f"{name}-{locale}": answer.text for name, answer in (await part()).items()}
    return PageSet(pages=pages, style=(TEMPLATE_FOLDER / "site.css").read_bytes())


@dataclass(frozen=True, slots=True, kw_only=True)
class _SiteTour:
    """One way through all pages of a site."""

    site: RunningSite
    locale: Locale
    paths: Mapping[str, str]

    async def signup_pages(self) -> Mapping[str, httpx.Response]:
        front = self.paths["sign-up"]
        hidden = await self.site.hidden_fields(front)
        filled = {**hidden, "scope": "all", "email": "cyd@example.org"}
        return {
            "sign-up": await self._get("sign-up"),
            "sign-up-mistakes": await self._post(front, {**hidden, **INVALID_FIELDS, "email": "cyd"}),
            "sign-up-open-too-long": await self._post(front, {**filled, "form": "1.old"}),
            "mail-asked": await self._post(front, filled),
        }

    async def confirm_pages(self) -> Mapping[str, httpx.Response]:
        path = self.paths["confirm"]
        return {
            "confirm": await self._get("confirm"),
            "done": await self._post(path, await self.site.hidden_fields(path)),
            "already": await self._get("confirm"),
            "late": await self._get("nothing"),
            "copy": await self._get("copy"),
        }

    async def preference_pages(self) -> Mapping[str, httpx.Response]:
        await self._add_endpoints()
        path = self.paths["preferences"]
        hidden = await self.site.hidden_fields(path)
        return {
            "preferences": await self._get("preferences"),
            "preferences-mistakes": await self._post(path, {**hidden, "do": "save", **INVALID_FIELDS}),
            "preferences-saved": await self._post(
                path, {**hidden, "do": "save", "scope": "all", "locale": self.locale}
            ),
            "preferences-paused": await self._post(path, {**hidden, "do": "pause"}),
            "preferences-switched": await self._post(path, {**hidden, "do": "resume"}),
        }

    async def unsubscribe_pages(self) -> Mapping[str, httpx.Response]:
        path, own = self.paths["unsubscribe"], self.paths["preferences"]
        token = {"token": path.rpartition("/")[2]}
        hidden = await self.site.hidden_fields(own)
        return {
            "unsubscribe": await self._get("unsubscribe"),
            "unsubscribed": await self._post(path, {"List-Unsubscribe": "One-Click"}),
            "subscribed-again": await self._post(path, {**token, "do": "again"}),
            "erase": await self._post(own, {**hidden, "do": "erase"}),
            "erased": await self._post(own, {**hidden, "do": "erase really"}),
        }

    async def error_pages(self) -> Mapping[str, httpx.Response]:
        asked = {"lang": self.locale}
        nowhere = await self.site.client.get("/nowhere", params=asked)
        wrong = await self.site.client.put("/", params=asked)
        async with self.site.store.database.exclusive() as connection:
            await connection.exec_driver_sql("ALTER TABLE papers RENAME TO elsewhere")
            await connection.commit()
        failed = await self.site.client.get("/", params=asked)
        return {"404": nowhere, "405": wrong, "500": failed}

    async def _add_endpoints(self) -> None:
        """Return Ann a chat and an address in each state that the page of preferences tells apart."""
        reader = await self.site.store.subscribers.find_profile(ANN_TARGET)
        assert reader is not None
        for state in (EndpointState.ACTIVE, *sorted(set(EndpointState) - {EndpointState.PENDING})):
            target = Target.telegram(42) if state is EndpointState.ACTIVE else Target.email(f"{state}@x.org")
            linked = await self.site.store.email_verification.link(reader.subscriber.id, target)
            await self._set_state(next(one for one in linked.endpoints if one.target == target), state)

    async def _set_state(self, place: Endpoint, state: EndpointState) -> None:
        await self.site.store.database.write(
            lambda db: db.execute(update(endpoints).where(endpoints.c.id == place.id).values(state=state))
        )

    async def _get(self, name: str) -> httpx.Response:
        return await self.site.client.get(self.paths[name])

    async def _post(self, path: str, data: Mapping[str, str]) -> httpx.Response:
        return await self.site.client.post(path, data=dict(data))
