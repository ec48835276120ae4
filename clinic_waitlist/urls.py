"""Which room answers which address; see the table in docs/architecture.md."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path
from django.views.decorators.cache import cache_control
from django.views.generic import TemplateView

from messaging import mail_webhook
from staff.idling import unattended

MANIFEST = TemplateView.as_view(template_name="app.webmanifest", content_type="application/manifest+json")
# From the root, since it may act below its own address only.
SERVICE_WORKER = TemplateView.as_view(template_name="sw.js", content_type="text/javascript")
handler500 = "core.outages.answer"
ALWAYS_ASKED = cache_control(no_cache=True)

urlpatterns = [
    path("manifest.webmanifest", unattended(ALWAYS_ASKED(MANIFEST)), name="manifest"),
    path("sw.js", unattended(ALWAYS_ASKED(SERVICE_WORKER)), name="service-worker"),
    path("admin/", admin.site.urls),
    path("login/", auth_views.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("webhooks/twilio/", include("messaging.urls")),
    path("webhooks/email/", mail_webhook.reports, name="mail-reports"),
    path("answer/", include("messaging.answer_urls")),
    path("my/", include("waitlist.patient_urls")),
    path("api/v1/", include("api.urls")),
    path("", include("ops.urls")),
    path("", include("staff.urls")),
]
