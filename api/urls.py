"""/api/v1/: the door for machines."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from api.views.appointments import AppointmentViewSet, ClinicFileViewSet, NoticeViewSet
from api.views.cancellations import CancellationViewSet
from api.views.docs import DocsView, SchemaView
from api.views.feeds import FeedViewSet
from api.views.fhir_taking import BundleView
from api.views.greetings import GreetingViewSet
from api.views.hl7 import HL7View
from api.views.messages import MessageViewSet
from api.views.metrics import MetricsViewSet
from api.views.patients import PatientViewSet
from api.views.settings import ClinicViewSet, ProviderViewSet, ResourceViewSet, VisitTypeViewSet
from api.views.waitlist import WaitlistEntryViewSet

router = SimpleRouter()
router.register("clinics", ClinicViewSet, "clinic")
router.register("providers", ProviderViewSet, "provider")
router.register("visit-types", VisitTypeViewSet, "visit-type")
router.register("resources", ResourceViewSet, "resource")
router.register("patients", PatientViewSet, "patient")
router.register("waitlist-entries", WaitlistEntryViewSet, "waitlist-entry")
router.register("appointments", AppointmentViewSet, "appointment")
router.register("clinic-files", ClinicFileViewSet, "clinic-file")
router.register("notices", NoticeViewSet, "notice")
router.register("cancellations", CancellationViewSet, "cancellation")
router.register("greetings", GreetingViewSet, "greeting")
router.register("feeds", FeedViewSet, "feed")
router.register("messages", MessageViewSet, "message")

app_name = "api"

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("hl7/messages/", HL7View.as_view(), name="hl7-messages"),
    # FHIR posts a Bundle to its base, with a slash or without.
    re_path("^fhir/?$", BundleView.as_view(), name="fhir"),
    path("fhir/", include("api.fhir.urls")),
    path("metrics/summary/", MetricsViewSet.as_view({"get": "summary"}), name="metrics-summary"),
    path("", include(router.urls)),
]
