"""The file that staff hand in, and to which clinic's list it goes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic
from core import files, scoping
from core.scoping import User
from staff.imports import Sort


class BoundedUpload(MemoryFileUploadHandler):
    """A file in memory, and no more of it than is taken: what is larger is never written anywhere."""

    received = 0

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        super().handle_raw_input(*args, **kwargs)
        # Whatever the request says of its length, it is kept in memory, up to our own bound.
        self.activated = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        if self.received > files.LARGEST_BYTES + 1:
            raise StopUpload(connection_reset=False)
        return super().receive_data_chunk(raw_data, start)


class ImportForm(forms.Form):
    """A file, and what to do with it: try it out, or store it."""

    clinic = forms.ModelChoiceField(Clinic.objects.none(), empty_label=None)
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV in UTF-8 or XLSX, at most 5 MB and 5,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        error_messages={
            "required": _("Choose a file of at most 5 MB."),
            "missing": _("Choose a file of at most 5 MB."),
        },
    )
    # The digest of the file that was tried out.
    tried = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, uploaded: Any = None, *, user: User, sort: Sort) -> None:
        super().__init__(data, uploaded)
        self.sort = sort
        fields: dict[str, Any] = self.fields
        fields["clinic"].label = sort.onto
        fields["clinic"].queryset = scoping.limit(Clinic.objects.order_by("name", "pk"), user)
