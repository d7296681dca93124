"""The addresses of the chat. Included at the root of the site."""

from __future__ import annotations

from django.urls import path

from chat import accounts, pages, views

app_name = "chat"

urlpatterns = [
    path("", pages.home, name="home"),
    path("search/", pages.search, name="search"),
    path("rooms/new/", pages.new_room, name="new_room"),
    path("rooms/lobby/", views.room, {"slug": "lobby"}, name="lobby"),
    path("rooms/<slug:slug>/", views.room, name="room"),
    path("rooms/<slug:slug>/people/", pages.people, name="people"),
    path("rooms/<slug:slug>/messages/<int:number>/", pages.message, name="message"),
    path("accounts/enter/", accounts.enter_as_guest, name="enter"),
    path("accounts/sign-up/", accounts.SignUp.as_view(), name="sign_up"),
    path("accounts/sign-in/", accounts.SignIn.as_view(), name="sign_in"),
    path("accounts/sign-out/", accounts.SignOut.as_view(), name="sign_out"),
]
