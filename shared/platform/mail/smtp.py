"""Mail by SMTP: any provider's, and that of Azure Communication Services (smtp.azurecomm.net, port 587)."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage

from shared.platform.mail import Undeliverable, Undelivered
from shared.settings import Settings

SECONDS = 10


class SmtpMail:
    """One connection for each mail, in a thread: there are few, and servers close idle ones."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, to: str, subject: str, text: str) -> None:
        try:
            message = _message(self._settings.mail_from, to, subject, text)
            await asyncio.to_thread(self._deliver, message)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise _refused(_code(error)) from error
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ValueError) as error:
            raise Undeliverable(f"The mail server refused: {type(error).__name__}.") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered(f"The mail server did not answer: {type(error).__name__}.") from error

    async def close(self) -> None:
        """Nothing is kept open."""

    def _deliver(self, message: EmailMessage) -> None:
        settings = self._settings
        with self._connection() as server:
            if settings.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.send_message(message)

    def _connection(self) -> smtplib.SMTP:
        host, port = self._settings.smtp_host, self._settings.smtp_port
        if self._settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=SECONDS)


def _message(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _code(error: smtplib.SMTPException) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return min([code for code, _ in error.recipients.values()], default=550)
    return int(getattr(error, "smtp_code", 550))


def _refused(code: int) -> Undelivered | Undeliverable:
    """By RFC 5321 what begins with 4 may pass."""
    told = f"The mail server refused it with {code}."
    return Undelivered(told) if code < 500 else Undeliverable(told)
