from django.urls import path

from messaging import answer_pages

urlpatterns = [
    path("<str:token>/", answer_pages.answer, name="answer"),
    path("<str:token>/stop/", answer_pages.stop, name="answer-stop"),
]
