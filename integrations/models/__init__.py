"""The rows of the feeds: sources, what they sent, and what of ours answers to what of theirs."""

from integrations.models.blocked import FeedBlock
from integrations.models.codes import CodeKind, FeedCode
from integrations.models.drchrono import (
    ApiAllowance,
    DrchronoAccount,
    DrchronoCursor,
    DrchronoRecord,
    Listing,
)
from integrations.models.links import PersonKey, PersonLink, VisitKey, VisitLink, WishLink
from integrations.models.message import FeedMessage, MessageStatus
from integrations.models.outlet import Outlet, Way
from integrations.models.parked import Parked, Resolution
from integrations.models.policy import FeedPolicy, Freed
from integrations.models.source import Source, SourceKind
from integrations.models.todo import Todo, TodoKind
from integrations.models.write_back import WriteBack, WriteBackStatus

__all__ = [
    "ApiAllowance",
    "CodeKind",
    "DrchronoAccount",
    "DrchronoCursor",
    "DrchronoRecord",
    "FeedBlock",
    "FeedCode",
    "FeedMessage",
    "FeedPolicy",
    "Freed",
    "Listing",
    "MessageStatus",
    "Outlet",
    "Parked",
    "PersonKey",
    "PersonLink",
    "Resolution",
    "Source",
    "SourceKind",
    "Todo",
    "TodoKind",
    "VisitKey",
    "VisitLink",
    "Way",
    "WishLink",
    "WriteBack",
    "WriteBackStatus",
]
