from django.apps import AppConfig


class OffersConfig(AppConfig):
    name = "offers"

    def ready(self) -> None:
        from offers import calls, checks, gating, linking, receivers, retaining, writing  # noqa: F401 - they register and connect themselves

        calls.register()
        gating.register()
        linking.register()
        retaining.register()
        writing.register()
