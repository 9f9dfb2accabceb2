"""The answer to a question that the bot asked: yes or no, once, by whoever was asked."""

from dataclasses import replace

from digest.chat import broadcasting, leaving, outbox, uploads
from digest.chat.answers import broadcasting as broadcast_answers
from digest.chat.answers import leaving as leaving_answers
from digest.chat.answers import outbox as outbox_answers
from digest.chat.answers import uploads as upload_answers
from digest.chat.ask import Ask, Reply
from digest.chat.confirmations import ChangeDeliveries, ForgetMe, SendBroadcast, TakeReport
from digest.chat.house import House


async def confirm(house: House, ask: Ask, key: str, *, yes: bool) -> Reply:
    """Answer a question that was asked; it is closed by that, whatever the answer."""
    take, now = house.confirmations.take, house.clock()
    matter = take(key, person=ask.person, target=ask.target, now=now)
    if matter is None and not ask.private:  # an anonymous administrator was asked, as the group itself
        matter = take(key, person=int(ask.target.address), target=ask.target, now=now)
    match matter:
        case SendBroadcast() if ask.admin:
            done = (
                await broadcasting.send_broadcast(house, ask, matter)
                if yes
                else broadcast_answers.cancelled(ask.words)
            )
            return replace(done, edits=True)
        case TakeReport() if ask.admin:
            done = await uploads.take(house, ask, matter) if yes else upload_answers.left(ask.words)
            return replace(done, edits=True)
        case ChangeDeliveries() if ask.admin:
            done = await outbox.carry_out(house, ask, matter) if yes else outbox_answers.left(ask.words)
            return replace(done, edits=True)
        case ForgetMe():
            done = await leaving.forget_now(house, ask) if yes else leaving_answers.kept(ask.words)
            return replace(done, edits=True)
        case _:
            return Reply(notice=broadcast_answers.not_open(ask.words), alert=True)
