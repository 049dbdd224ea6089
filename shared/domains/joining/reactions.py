"""What follows from changes: whoever registers is mailed the token that confirms their address."""

from shared.domains.joining.model import Registration
from shared.domains.joining.registering import handle_of
from shared.platform.changes import Change, Consumer
from shared.platform.opened import platform
from shared.platform.store import Store

CONFIRM = """\
Somebody, you perhaps, asked for an account of Event Hub with this e-mail.

If it was you, confirm it within three days by sending this token to {address}/auth/register/confirm
as {{"token": "…"}}:

{token}

If you have an account already, sign in with it. If it was not you, do nothing: no account is made.
"""


async def mail_token(store: Store, change: Change) -> None:
    """Mail the token, where there is mail and the registration still waits."""
    on = platform()
    mail, registration = await on.mail(), await store.get(Registration, change.aggregate)
    if mail is None or registration is None:
        return
    token = handle_of(on, store.tenant, registration.id).text
    text = CONFIRM.format(address=on.settings.address, token=token)
    await mail.send(registration.email, "Confirm your e-mail for Event Hub", text)


CONSUMERS = (Consumer("registration-mail", mail_token, frozenset({"RegistrationAsked"}), from_start=True),)
