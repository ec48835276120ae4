"""Signs of life of the processes that work in the background."""

from django.db import models


class Heartbeat(models.Model):
    """When beat last had a worker run a task: one row."""

    name = models.CharField(max_length=20, unique=True)
    at = models.DateTimeField()

    class Meta:
        permissions = [("view_metrics", "Can read the metrics")]

    def __str__(self) -> str:
        return self.name
