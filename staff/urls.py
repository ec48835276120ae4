from django.urls import path, register_converter

from staff import actions
from staff.views import (
    analytics,
    appointments,
    audit,
    board,
    calls,
    clinic_texts,
    drchrono,
    ehr,
    exports,
    feeds,
    greetings,
    guide,
    imports,
    language,
    live,
    messages,
    networks,
    notices,
    patients,
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
    regex = "|".join(actions.ACTIONS)


class CallOutcome(Action):
    regex = "|".join(calls.OUTCOMES)


class WaitlistAction(Action):
    regex = "|".join(waitlist.ACTIONS)


class FeedAction(Action):
    regex = "|".join(feeds.ACTIONS)


class FileKind(Action):
    regex = "csv|xlsx"


register_converter(FileKind, "file_kind")


class VisitAction(Action):
    regex = "|".join(appointments.ACTIONS)


register_converter(VisitAction, "visit_action")
register_converter(FeedAction, "feed_action")
register_converter(SlotAction, "slot_action")
register_converter(CallOutcome, "call_outcome")
register_converter(WaitlistAction, "waitlist_action")

urlpatterns = [
    path("", board.board, name="board"),
    path("board/fragment/", board.fragment, name="board-fragment"),
    path("board/lobby/", board.lobby_mode, name="lobby"),
    path("live/", live.changes, name="live"),
    path("language/", language.choose, name="language"),
    path("cancellations/new/", slots.new, name="slot-new"),
    path("cancellations/preview/", slots.preview, name="slot-preview"),
    path("cancellations/<int:pk>/", slots.detail, name="slot"),
    path("cancellations/<int:pk>/part/", slots.part, name="slot-part"),
    path("cancellations/<int:pk>/fill/", slots.fill, name="slot-fill"),
    path("cancellations/<int:pk>/<slot_action:action>/", slots.act, name="slot-act"),
    path("waitlist/", waitlist.waitlist, name="waitlist"),
    path("waitlist/new/", waitlist.find, name="waitlist-find"),
    path("waitlist/new/<int:pk>/", waitlist.join, name="waitlist-join"),
    path("waitlist/<int:pk>/boost/", waitlist.boost, name="waitlist-boost"),
    path("waitlist/depths/", waitlist.depths, name="waitlist-depths"),
    path("waitlist/import/", imports.import_waitlist, name="waitlist-import"),
    path("waitlist/export.<file_kind:kind>", exports.export_waitlist, name="waitlist-export"),
    path("waitlist/earlier/<int:pk>/", patients.wants_earlier, name="waitlist-earlier"),
    path("waitlist/<waitlist_action:action>/", waitlist.act, name="waitlist-act"),
    path("patients/", patients.patients, name="patients"),
    path("patients/import/", imports.import_patients, name="patients-import"),
    path("patients/export/", exports.choose_patients, name="patients-export-choice"),
    path("patients/export.<file_kind:kind>", exports.export_patients, name="patients-export"),
    path("patients/new/", patients.new, name="patient-new"),
    path("patients/<int:pk>/", patients.patient, name="patient"),
    path("patients/<int:pk>/details/", patients.details, name="patient-details"),
    path("patients/<int:pk>/consent/", patients.consent, name="patient-consent"),
    path("patients/<int:pk>/invite/", patients.invite, name="patient-invite"),
    path("patients/<int:pk>/entries/<int:entry>/<slug:action>/", patients.act, name="patient-act"),
    path("messages/", messages.inbox, name="messages"),
    path("messages/rows/", messages.rows, name="messages-rows"),
    path("messages/count/", messages.count, name="messages-count"),
    path("messages/<int:pk>/", messages.talk, name="messages-talk"),
    path("messages/<int:pk>/rows/", messages.talk_rows, name="messages-talk-rows"),
    path("messages/<int:pk>/finish/", messages.finish, name="messages-finish"),
    path("messages/to/<int:pk>/", messages.with_patient, name="messages-patient"),
    path("messages/to/<int:pk>/rows/", messages.patient_rows, name="messages-patient-rows"),
    path("audit/", audit.audit, name="audit"),
    path("audit/events.csv", audit.audit_csv, name="audit-csv"),
    path("appointments/", appointments.day, name="appointments"),
    path("appointments/day.csv", appointments.day_csv, name="appointments-csv"),
    path("appointments/import/", imports.import_appointments, name="appointments-import"),
    path("appointments/export/", exports.choose_appointments, name="appointments-export-choice"),
    path("appointments/export.<file_kind:kind>", exports.export_appointments, name="appointments-export"),
    path("appointments/new/", appointments.find, name="appointment-find"),
    path("appointments/new/<int:pk>/", appointments.book, name="appointment-book"),
    path("appointments/new/<int:pk>/conflicts/", appointments.conflicts, name="appointment-conflicts"),
    path("appointments/<int:pk>/", appointments.detail, name="appointment"),
    path("appointments/<int:pk>/cancel/", appointments.cancel, name="appointment-cancel"),
    path("appointments/<int:pk>/move/", appointments.move, name="appointment-move"),
    path(
        "appointments/<int:pk>/move/conflicts/",
        appointments.move_conflicts,
        name="appointment-move-conflicts",
    ),
    path("appointments/<int:pk>/<visit_action:action>/", appointments.act, name="appointment-act"),
    path("notices/", notices.notices, name="notices"),
    path("notices/bell/", notices.bell, name="notices-bell"),
    path("notices/read/", notices.read_all, name="notices-read"),
    path("notices/<int:pk>/read/", notices.read, name="notice-read"),
    path("calls/", calls.call_list, name="calls"),
    path("calls/<int:pk>/<call_outcome:outcome>/", calls.ended, name="staff-call"),
    path("analytics/", analytics.analytics, name="analytics"),
    path("analytics/figures.csv", analytics.analytics_csv, name="analytics-csv"),
    path("greetings/", greetings.overview, name="greetings"),
    path("greetings/history/", greetings.history, name="greetings-history"),
    path("greetings/history.csv", greetings.history_csv, name="greetings-csv"),
    path("greetings/<int:pk>/", greetings.switch, name="greetings-switch"),
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
    path("feeds/", feeds.feeds, name="feeds"),
    path("feeds/parked/", feeds.parked, name="feeds-parked"),
    path("feeds/parked/<int:pk>/", feeds.item, name="feeds-item"),
    path("feeds/parked/<int:pk>/<feed_action:action>/", feeds.act, name="feeds-act"),
    path("feeds/visits/<int:pk>/settled/", feeds.settled, name="feeds-settled"),
    path("feeds/<int:pk>/drift/", feeds.drift, name="feeds-drift"),
    path("settings/<int:pk>/feeds/", feeds.policy, name="clinic-feeds"),
    path("status/", status.texting, name="status"),
    path("ehr/", ehr.tasks, name="ehr-tasks"),
    path("ehr/<int:pk>/done/", ehr.done, name="ehr-task-done"),
    path("ehr/<int:pk>/refused/", ehr.refused, name="ehr-task-refused"),
    path("drchrono/", drchrono.connections, name="drchrono"),
    path("drchrono/back/", drchrono.back, name="drchrono-back"),
    path("drchrono/<int:pk>/start/", drchrono.start, name="drchrono-start"),
    path("drchrono/<int:pk>/leave/", drchrono.leave, name="drchrono-leave"),
    path("drchrono/records/<int:pk>/", drchrono.name, name="drchrono-name"),
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
