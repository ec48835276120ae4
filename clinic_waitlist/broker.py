"""The Redis transport, with one client for each channel."""

from typing import Any

from kombu.transport import redis


class Channel(redis.Channel):
    """Kombu makes a client for each message that it publishes, which costs more than the message itself.

    A client holds no connection: it takes one from the channel's pool for each command, so that threads may
    share it.
    """

    _kept: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)  # type: ignore[misc]
        # A channel that has lost its connections gets a new pool.
        if self._kept is None or self._kept.connection_pool is not self.pool:
            self._kept = super()._create_client()  # type: ignore[misc]
        return self._kept


class Transport(redis.Transport):
    """What CELERY_BROKER_TRANSPORT names."""

    Channel = Channel
