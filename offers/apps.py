from django.apps import AppConfig


class OffersConfig(AppConfig):
    name = "offers"

    def ready(self) -> None:
        from offers import checks, gating, receivers, retaining  # noqa: F401 - they register and connect themselves

        gating.register()
        retaining.register()
