"""The settings of what speaks to an EHR: drchrono's application, and our certificate for HL7."""

from __future__ import annotations

from pathlib import Path

from clinic_waitlist.env import SettingError, is_loopback, text, web_address


class Ehr:
    """The application is named wholly or not at all; a file that is named is there."""

    def __init__(self, *, debug: bool) -> None:
        self.drchrono_client_id = text("DRCHRONO_CLIENT_ID")
        self.drchrono_client_secret = text("DRCHRONO_CLIENT_SECRET")
        for name, given, other in (
            ("DRCHRONO_CLIENT_ID", self.drchrono_client_id, self.drchrono_client_secret),
            ("DRCHRONO_CLIENT_SECRET", self.drchrono_client_secret, self.drchrono_client_id),
        ):
            if other and not given:
                raise SettingError(name, "is missing; drchrono needs the id and the secret.")
        default = "https://app.drchrono.com"
        self.drchrono_base_url = web_address("DRCHRONO_BASE_URL", default=default)
        if self.drchrono_base_url != default and not debug and not is_loopback(self.drchrono_base_url):
            raise SettingError("DRCHRONO_BASE_URL", "expected a loopback address, or DEBUG=true.")
        self.tls_cert = self._file("WRITE_BACK_TLS_CERT")
        self.tls_key = self._file("WRITE_BACK_TLS_KEY")

    @staticmethod
    def _file(name: str) -> str:
        path = text(name)
        if path and not Path(path).is_file():
            raise SettingError(name, "expected the path of a PEM file.")
        return path
