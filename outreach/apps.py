from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "outreach"

    def ready(self) -> None:
        from outreach import answering, gating, greeting_gating, greeting_thanks, receivers  # noqa: F401 - they register and connect themselves

        gating.register()
        greeting_gating.register()
        # Before those who read answers to reminders.
        greeting_thanks.register()
        answering.register()
