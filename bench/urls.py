"""The project's addresses, and the floor of its webhook: a bare view that inserts one row."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from clinic_waitlist.urls import urlpatterns as project

FLOOR_TABLE = "CREATE TABLE IF NOT EXISTS bench_floor (id bigserial PRIMARY KEY, words text)"


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_floor (words) VALUES (%s)", [request.POST["Body"]])
    return HttpResponse("<Response/>", content_type="text/xml")


urlpatterns = [*project, path("bench/bare/", bare)]
