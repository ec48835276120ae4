"""The programs that may speak FHIR here. Their tokens come from the token endpoint and are shown nowhere."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from oauth2_provider.admin import ApplicationAdmin  # with it come all those that are taken away below
from oauth2_provider.models import AccessToken, Application, DeviceGrant, Grant, IDToken, RefreshToken

for model in (AccessToken, Application, DeviceGrant, Grant, IDToken, RefreshToken):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class ClientForm(forms.ModelForm):  # type: ignore[type-arg]
    """A client with a secret that is shown while it is made and never again."""

    class Meta:
        model = Application
        fields = ("name", "user", "client_id", "client_secret")
        help_texts = {
            "user": _("The account that it speaks for: the roles and clinics of that account hold for it."),
            "client_secret": _("Copy it now: only its digest is kept. To change it, type a new one."),
        }

    def clean_user(self) -> Any:
        user = self.cleaned_data["user"]
        if user is None:
            raise forms.ValidationError(_("Say for whom it speaks."))
        return user


@admin.register(Application)
class ClientAdmin(ApplicationAdmin):
    form = ClientForm
    list_display = ("name", "user", "client_id", "created")
    intro = _("Programs that may speak FHIR here, each with the rights of the account that it speaks for.")
    list_filter = ("created",)
    search_fields = ("name", "user__username")
    search_help_text = _("The name of the program, or of its account.")
    radio_fields: dict[str, Any] = {}
    readonly_fields = ()

    def save_model(self, request: Any, obj: Application, form: Any, change: bool) -> None:
        obj.client_type = Application.CLIENT_CONFIDENTIAL
        obj.authorization_grant_type = Application.GRANT_CLIENT_CREDENTIALS
        super().save_model(request, obj, form, change)
