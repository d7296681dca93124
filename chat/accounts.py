"""Coming in and going out: as a guest by one click, or with an account.

Each way in leads to where the visitor wanted to go (`next`), if that is a page of this site, and
to the lobby otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView, RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from chat.forms import SignUpForm
from chat.guests import create_guest

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LOBBY = "chat:lobby"


def safe_next(request: HttpRequest) -> str:
    """Return the page of this site the visitor asked for, or an empty string."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_safe else ""


def enter_as_guest(request: HttpRequest) -> HttpResponse:
    """Make a guest account and let its owner in. Who is signed in already keeps the account."""
    if request.method != "POST":
        return redirect("chat:home")
    if not request.user.is_authenticated:
        _login(request, create_guest())
    return HttpResponseRedirect(safe_next(request) or reverse(LOBBY))


@method_decorator([sensitive_post_parameters("password1", "password2"), never_cache], "dispatch")
class SignUp(RedirectURLMixin, FormView):  # type: ignore[type-arg]  # not generic at run time
    """Make an account and let its owner in."""

    template_name = "chat/sign_up.html"
    form_class = SignUpForm
    next_page = LOBBY

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        _login(self.request, form.save())
        return HttpResponseRedirect(self.get_success_url())


class SignIn(LoginView):
    """Let somebody with an account in."""

    template_name = "chat/sign_in.html"
    next_page = LOBBY
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Go out. Only by POST, so that no link or image can do it."""

    next_page = "chat:home"


def entrance_url(request: HttpRequest) -> str:
    """Return the address of the entrance page that leads back to the page asked for."""
    return f"{reverse('chat:home')}?{urlencode({'next': request.get_full_path()})}"


def _login(request: HttpRequest, user: User) -> None:
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
