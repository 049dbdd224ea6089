"""Mail: whatever sends it, a server that speaks SMTP gets it whole."""

import asyncio
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from shared.platform.mail import Undeliverable, Undelivered
from shared.platform.mail.smtp import SmtpMail
from tests.application import a_settings


class Server:
    """A mail server that keeps what it gets, and answers as it is told."""

    def __init__(self):
        self.got = []
        self.answer = "250 OK"
        self.signed_in = []
        self.port = 0

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 -- the library's name
        if self.answer.startswith("250"):
            self.got.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return self.answer

    def authenticate(self, server, session, envelope, mechanism, data):
        self.signed_in.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)


@pytest.fixture
async def server():
    handler = Server()

    def a_session():
        return SMTP(handler, hostname="mail.example", authenticator=handler.authenticate, auth_require_tls=False)

    listening = await asyncio.get_running_loop().create_server(a_session, "127.0.0.1", 0)
    handler.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield handler


def mail_by(tmp_path, server, **chosen):
    given = {
        "smtp_host": "127.0.0.1",
        "smtp_port": server.port,
        "smtp_security": "none",
        "mail_from": "hub@example.org",
    }
    return SmtpMail(a_settings(tmp_path, **{**given, **chosen}))


async def test_a_mail_arrives_whole(tmp_path, server):
    await mail_by(tmp_path, server).send("ada@example.org", "Grüße", "Ein Satz.\n\nNoch einer: ü\n.\n")
    ((to, message),) = server.got
    assert to == ["ada@example.org"]
    assert (message["from"], message["to"], message["subject"]) == ("hub@example.org", "ada@example.org", "Grüße")
    assert message.get_content().replace("\r\n", "\n") == "Ein Satz.\n\nNoch einer: ü\n.\n"


async def test_several_at_once_arrive(tmp_path, server):
    mail = mail_by(tmp_path, server)
    await asyncio.gather(*(mail.send(f"a{number}@example.org", "Hello", "Hello") for number in range(5)))
    assert sorted(to[0] for to, _ in server.got) == [f"a{number}@example.org" for number in range(5)]


async def test_it_signs_in_where_it_is_told_how(tmp_path, server):
    await mail_by(tmp_path, server, smtp_user="hub", smtp_password="right").send("a@example.org", "Hello", "Hello")
    assert server.signed_in == [(b"hub", b"right")]
    with pytest.raises(Undeliverable, match="refused"):
        await mail_by(tmp_path, server, smtp_user="hub", smtp_password="wrong").send("a@example.org", "Hello", "Hello")


@pytest.mark.parametrize(("answer", "refusal"), [("451 later", Undelivered), ("554 never", Undeliverable)])
async def test_it_says_whether_trying_again_can_help(tmp_path, server, answer, refusal):
    server.answer = answer
    with pytest.raises(refusal) as raised:
        await mail_by(tmp_path, server).send("ada@example.org", "Hello", "Hello")
    assert raised.value.transient is (refusal is Undelivered)


async def test_a_server_that_is_away_may_come_back(tmp_path, server):
    with pytest.raises(Undelivered):
        await mail_by(tmp_path, server, smtp_port=1).send("ada@example.org", "Hello", "Hello")


async def test_nothing_goes_unencrypted_unless_it_is_told_to(tmp_path, server):
    with pytest.raises((Undelivered, Undeliverable)):
        await mail_by(tmp_path, server, smtp_security="starttls").send("ada@example.org", "Hello", "Hello")
    assert server.got == []


async def test_a_subject_adds_no_header(tmp_path, server):
    with pytest.raises(Undeliverable):
        await mail_by(tmp_path, server).send("ada@example.org", "Hello\nBcc: eve@example.org", "Hello")
    assert server.got == []
