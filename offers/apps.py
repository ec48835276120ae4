from django.apps import AppConfig


class OffersConfig(AppConfig):
    name = "offers"

    def ready(self) -> None:
        from offers import calls, checks, gating, receivers, retaining  # noqa: F401 - they register and connect themselves

        calls.register()
        gating.register()
        retaining.register()
