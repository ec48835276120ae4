"""The settings of the tests: those of production, a fixed environment, fast hashes, plain static files."""

import os

SECRET = "a-key-for-the-tests-only-0123456789-0123456789-0123456789"
os.environ.update(ENV_FILE="none", DEBUG="false", SECRET_KEY=SECRET)
OURS = """
    BATCH_ CONTACT_ DEMO DRCHRONO_ EMAIL_ FIELD_ GRACE_ HOLD_ HOST LOG_LEVEL MESSAGE_ NTFY_ PORT PUBLIC_
    REDIS_ SESSION_IDLE_ SWEEP_ TIMEZONE TWILIO_ USE_MOCK_ VOICE_ WHATSAPP_ WRITE_BACK_
"""
for name in [name for name in os.environ if name.startswith(tuple(OURS.split())) and name != "HOSTNAME"]:
    del os.environ[name]

from clinic_waitlist.env import BASE_DIR  # noqa: E402 - the environment comes first
from clinic_waitlist.settings import *  # noqa: E402, F403 - the environment comes first
from clinic_waitlist.settings import REST_FRAMEWORK  # noqa: E402

FIELD_ENCRYPTION_KEYS = ["a-key-for-the-tests-only-0123456789-0123456="]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"user": None, "anon": None}}

# WhiteNoise looks through it for every client: it must be there, and small.
STATIC_ROOT = BASE_DIR / ".data" / "static-of-tests"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
