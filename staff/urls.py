from django.urls import path, register_converter

from staff.views import (
    analytics,
    board,
    calls,
    clinic_texts,
    guide,
    live,
    networks,
    phone_calls,
    phones,
    settings,
    shadow,
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
    path("calls/", calls.call_list, name="calls"),
    path("analytics/", analytics.analytics, name="analytics"),
    path("analytics/figures.csv", analytics.analytics_csv, name="analytics-csv"),
    path("settings/", settings.clinics, name="settings"),
    path("settings/<int:pk>/", settings.clinic_settings, name="clinic-settings"),
    path("settings/<int:pk>/pause/", settings.pause, name="clinic-pause"),
    path("settings/<int:pk>/resume/", settings.resume, name="clinic-resume"),
    path("settings/<int:pk>/texts/", clinic_texts.texts, name="clinic-texts"),
    path("settings/<int:pk>/texts/<slug:name>/<slug:language>/", clinic_texts.text, name="clinic-text"),
    path(
        "settings/<int:pk>/texts/<slug:name>/<slug:language>/preview/",
        clinic_texts.preview,
        name="clinic-text-preview",
    ),
    path(
        "settings/<int:pk>/texts/<slug:name>/<slug:language>/restore/",
        clinic_texts.restore,
        name="clinic-text-restore",
    ),
    path("shadow/<int:pk>/", shadow.shadow, name="shadow"),
    path("shadow/<int:pk>/begin/", shadow.begin, name="shadow-begin"),
    path("shadow/<int:pk>/live/", shadow.go_live, name="shadow-live"),
    path("guide/", guide.start, name="guide"),
    path("guide/<int:pk>/", guide.clinic_guide, name="guide-clinic"),
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
