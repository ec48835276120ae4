"""Wake-ups of the door for machines."""

from celery import shared_task


@shared_task
def clear_tokens() -> None:
    from oauth2_provider.models import clear_expired

    clear_expired()
