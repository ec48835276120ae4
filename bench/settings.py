"""The settings of the bench: those of the project, and one bare view to compare its webhook with."""

from clinic_waitlist.settings import *  # noqa: F403 - the project's own settings are what is measured
from clinic_waitlist.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]
ROOT_URLCONF = "bench.urls"
# Nothing is collected for a bench: pages name their files without digests.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
