from django.apps import AppConfig


class OffersConfig(AppConfig):
    name = "offers"

    def ready(self) -> None:
        from offers import gating, receivers  # noqa: F401 - connecting the receivers is the point

        gating.register()
