from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "outreach"

    def ready(self) -> None:
        from outreach import answering, gating, receivers  # noqa: F401 - they register and connect themselves

        gating.register()
        answering.register()
