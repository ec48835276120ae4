"""Django's settings. What a clinic may choose comes through `env.py`; the rest is decided here."""

from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from clinic_waitlist import env, env_channels, env_ehr
from clinic_waitlist.celery import timetable
from clinic_waitlist.env import BASE_DIR
from clinic_waitlist.programs import OAUTH2_PROVIDER  # noqa: F401 - a setting

env.load_file()

DEBUG = env.flag("DEBUG", default=False)
DEMO = env.flag("DEMO", default=False)
SECRET_KEY = env.secret_key(debug=DEBUG, demo=DEMO)
HOST = env.text("HOST", default="127.0.0.1")
PORT = env.whole("PORT", default=8000, low=1, high=65535)

# One address decides about hosts, CSRF origins, cookies and redirects.
PUBLIC_URL = env.public_url(debug=DEBUG, port=PORT)
IS_HTTPS = PUBLIC_URL.startswith("https:")
ALLOWED_HOSTS = env.allowed_hosts(PUBLIC_URL)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^webhooks/"]  # a redirect would lose the form
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
# Entering the browsers' preload list binds a whole domain for months: its owner decides, not this program.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's style sheet carries its icons as data
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# It counts from the last request of a person: staff.idling.
SESSION_COOKIE_AGE = 60 * env.whole("SESSION_IDLE_MINUTES", default=30, low=1, high=1440)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

INSTALLED_APPS = [
    "core",
    "clinic",
    "waitlist",
    "messaging",
    "offers",
    "outreach",
    "integrations",
    "staff",
    "api",
    "ops",
    "core.admin_apps.PrivateAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "rest_framework.authtoken",
    "oauth2_provider",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_celery_beat",
    "csp",
    "django_htmx",
    "axes",
]
MIDDLEWARE = [
    "ops.timing.timed",
    "ops.addresses.told",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "staff.idling.IdleTimeout",
    "staff.languages.PageLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "clinic_waitlist.urls"
WSGI_APPLICATION = "clinic_waitlist.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "staff.context.navigation",
            ],
        },
    },
]

_database = env.database()
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # lock_timeout: a lock that takes 3 s is a fault. jit: compiling costs more than our queries.
        "OPTIONS": {
            "connect_timeout": 5,
            **_database.get("OPTIONS", {}),
            "options": "-c lock_timeout=3000 -c jit=off -c plan_cache_mode=force_generic_plan",
            # From the second run on a connection: see core.prepared.
            "prepare_threshold": 1 if env.flag("PREPARED_STATEMENTS", default=True) else None,
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Per process: a throttle then allows a few times its rate, and no request ever depends on another server.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LIVE_STREAMS = env.flag("LIVE_STREAMS", default=False)
# Where a user belongs: core.scoping.
ROW_SCOPE = "clinic.memberships.of"
# Who knows whether beat and a worker are alive: core.pulse.
PULSE = "ops.health.pulse"
# A source's before the one that asks the database: it is asked with every message of a feed.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "integrations.speaking.SourceBackend"]
AUTHENTICATION_BACKENDS += ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = LOGOUT_REDIRECT_URL = "login"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.timezone()
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / ".data" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["api.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "api.filters.StableOrdering",
    ],
    "EXCEPTION_HANDLER": "api.errors.handle",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.UserRateThrottle",
        "rest_framework.throttling.AnonRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"user": "1200/min", "anon": "60/min"},
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Clinic waitlist",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ChannelEnum": "core.channels.Channel",
        "ConsentChannelEnum": "clinic.models.ConsentChannel",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "api.schema.add_refusals"],
}

# Messages
_twilio = env.Twilio(debug=DEBUG, secret_key=SECRET_KEY)
TWILIO_ACCOUNT_SID = _twilio.account_sid
TWILIO_AUTH_TOKENS = _twilio.auth_tokens
TWILIO_PHONE_NUMBER = _twilio.phone_number
TWILIO_MESSAGING_SERVICE_SID = _twilio.messaging_service_sid
TWILIO_OFFER_SENDER = _twilio.offer_sender
TWILIO_VOICE_NUMBER = _twilio.voice_number
VOICE_CALLS = _twilio.calls
TWILIO_TEXTS_PER_SECOND = env.number("TWILIO_TEXTS_PER_SECOND", default=0, low=0, high=1000)
TWILIO_OFFER_TEXTS_PER_SECOND = env.number("TWILIO_OFFER_TEXTS_PER_SECOND", default=0, low=0, high=1000)
TWILIO_API_BASE_URL = _twilio.api_base_url
USE_MOCK_TWILIO = _twilio.is_mock
TWILIO_TIMEOUT_SECONDS = 10
WHATSAPP_SENDER = env_channels.whatsapp_sender()
_email = env_channels.Email(is_mock=USE_MOCK_TWILIO)
EMAIL_BACKEND, EMAIL_PROVIDER = _email.backend, _email.provider
EMAIL_HOST, EMAIL_PORT = _email.host, _email.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email.user, _email.password
EMAIL_USE_SSL, EMAIL_USE_TLS = _email.use_ssl, _email.use_tls
EMAIL_TIMEOUT = env_channels.TIMEOUT_SECONDS
EMAIL_FROM = DEFAULT_FROM_EMAIL = SERVER_EMAIL = _email.sender
EMAIL_PER_SECOND = _email.per_second
ANYMAIL = _email.anymail
NTFY_URL = env.push_address("NTFY_URL")
MESSAGE_LEASE_SECONDS = 60
MESSAGE_UNKNOWN_MINUTES = 10
MESSAGE_RETENTION = env.retention()
CONTACT_HOURS_START, CONTACT_HOURS_END = env.contact_hours()

# Schedule feeds
FIELD_ENCRYPTION_KEYS = env.encryption_keys(secret_key=SECRET_KEY, derived=DEBUG or DEMO)
FEED_MESSAGES_KEPT_DAYS = 30
_ehr = env_ehr.Ehr(debug=DEBUG)
DRCHRONO_CLIENT_ID, DRCHRONO_CLIENT_SECRET = _ehr.drchrono_client_id, _ehr.drchrono_client_secret
DRCHRONO_BASE_URL = _ehr.drchrono_base_url
WRITE_BACK_TLS_CERT, WRITE_BACK_TLS_KEY = _ehr.tls_cert, _ehr.tls_key

# Offers
BATCH_SIZE = env.whole("BATCH_SIZE", default=3, low=1, high=50)
HOLD_MINUTES = env.number("HOLD_MINUTES", default=7, low=0.05, high=1440)
GRACE_SECONDS = env.whole("GRACE_SECONDS", default=5 if DEMO else 30, low=0, high=3600)
SWEEP_SECONDS = float(env.whole("SWEEP_SECONDS", default=2, low=1, high=60))

# Tasks. Acknowledged early: the sweeps find what a lost task left; late would run things twice.
REDIS_URL = env.redis_url()
CELERY_BROKER_URL = REDIS_URL or "memory://localhost//"
CELERY_BROKER_TRANSPORT = "clinic_waitlist.broker:Transport" if REDIS_URL else None
CELERY_BROKER_TRANSPORT_OPTIONS = env.broker_options(redis=bool(REDIS_URL))
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BEAT_SCHEDULE = timetable(sweep_seconds=int(SWEEP_SECONDS))
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_DB_REUSE_MAX = 1_000_000_000  # connections last, see keep_connection_usable
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = CELERY_EVENT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 60, 90
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redacting": {"()": "core.redaction.RedactingFilter"}},
    "formatters": {"json": {"()": "core.redaction.JsonFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["redacting"]},
    },
    "root": {"handlers": ["stderr"], "level": env.log_level()},
    "loggers": {
        # Django's own handlers would print beside the filter.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        **{name: {"level": "WARNING"} for name in ("celery", "axes", "uvicorn")},
        # The client tells every request with its headers and its patient's number.
        "twilio": {"level": "WARNING"},
        "django_celery_beat": {"level": "WARNING"},
    },
}
