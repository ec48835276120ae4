"""Which room answers which address; see the table in docs/architecture.md."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path

from messaging import mail_webhook

urlpatterns = [
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
