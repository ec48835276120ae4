from django.urls import path, register_converter

from staff.views import board, calls, phones, slots, status


class SlotAction:
    """The last part of a button's address: one of slots.ACTIONS."""

    regex = "|".join(slots.ACTIONS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SlotAction, "slot_action")

urlpatterns = [
    path("", board.board, name="board"),
    path("board/fragment/", board.fragment, name="board-fragment"),
    path("cancellations/new/", slots.new, name="slot-new"),
    path("cancellations/<int:pk>/", slots.detail, name="slot"),
    path("cancellations/<int:pk>/fill/", slots.fill, name="slot-fill"),
    path("cancellations/<int:pk>/<slot_action:action>/", slots.act, name="slot-act"),
    path("calls/", calls.call_list, name="calls"),
    path("status/", status.texting, name="status"),
    path("phones/", phones.phones, name="phones"),
    path("phones/<int:pk>/", phones.phone, name="phone"),
    path("phones/<int:pk>/answer/", phones.answer, name="phone-answer"),
    path("phones/<int:pk>/thread/", phones.thread, name="phone-thread"),
]
