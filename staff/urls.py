from django.urls import path, register_converter

from staff.views import (
    analytics,
    appointments,
    board,
    calls,
    live,
    networks,
    notices,
    phone_calls,
    phones,
    slots,
    status,
    waitlist,
)


class Action:
    """The last part of a button's address."""

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class SlotAction(Action):
    regex = "|".join(slots.ACTIONS)


class WaitlistAction(Action):
    regex = "|".join(waitlist.ACTIONS)


class VisitAction(Action):
    regex = "|".join(appointments.ACTIONS)


register_converter(VisitAction, "visit_action")
register_converter(SlotAction, "slot_action")
register_converter(WaitlistAction, "waitlist_action")

urlpatterns = [
    path("", board.board, name="board"),
    path("board/fragment/", board.fragment, name="board-fragment"),
    path("live/", live.changes, name="live"),
    path("cancellations/new/", slots.new, name="slot-new"),
    path("cancellations/<int:pk>/", slots.detail, name="slot"),
    path("cancellations/<int:pk>/fill/", slots.fill, name="slot-fill"),
    path("cancellations/<int:pk>/<slot_action:action>/", slots.act, name="slot-act"),
    path("waitlist/", waitlist.waitlist, name="waitlist"),
    path("waitlist/new/", waitlist.find, name="waitlist-find"),
    path("waitlist/new/<int:pk>/", waitlist.join, name="waitlist-join"),
    path("waitlist/<int:pk>/boost/", waitlist.boost, name="waitlist-boost"),
    path("waitlist/<waitlist_action:action>/", waitlist.act, name="waitlist-act"),
    path("appointments/", appointments.day, name="appointments"),
    path("appointments/day.csv", appointments.day_csv, name="appointments-csv"),
    path("appointments/new/", appointments.find, name="appointment-find"),
    path("appointments/new/<int:pk>/", appointments.book, name="appointment-book"),
    path("appointments/new/<int:pk>/conflicts/", appointments.conflicts, name="appointment-conflicts"),
    path("appointments/<int:pk>/", appointments.detail, name="appointment"),
    path("appointments/<int:pk>/cancel/", appointments.cancel, name="appointment-cancel"),
    path("appointments/<int:pk>/move/", appointments.move, name="appointment-move"),
    path("appointments/<int:pk>/<visit_action:action>/", appointments.act, name="appointment-act"),
    path("notices/", notices.notices, name="notices"),
    path("notices/bell/", notices.bell, name="notices-bell"),
    path("notices/read/", notices.read_all, name="notices-read"),
    path("notices/<int:pk>/read/", notices.read, name="notice-read"),
    path("calls/", calls.call_list, name="calls"),
    path("analytics/", analytics.analytics, name="analytics"),
    path("analytics/figures.csv", analytics.analytics_csv, name="analytics-csv"),
    path("status/", status.texting, name="status"),
    path("phones/", phones.phones, name="phones"),
    path("phones/rows/", phones.rows, name="phones-rows"),
    path("phones/network/", networks.for_all, name="phones-network"),
    path("phones/of-text/<int:text>/", phones.of_text, name="phone-of-text"),
    path("phones/<int:pk>/", phones.phone, name="phone"),
    path("phones/<int:pk>/network/", networks.for_one, name="phone-network"),
    path("phones/<int:pk>/texts/<int:text>/", networks.text, name="phone-text"),
    path("phones/<int:pk>/texts/<int:text>/force/", networks.force, name="phone-text-force"),
    path("phones/<int:pk>/answer/", phones.answer, name="phone-answer"),
    path("phones/<int:pk>/thread/", phones.thread, name="phone-thread"),
    path("phones/<int:pk>/calls/", phone_calls.calls, name="phone-calls"),
    path("phones/<int:pk>/calls/<int:call>/<slug:action>/", phone_calls.act, name="phone-call-act"),
]
