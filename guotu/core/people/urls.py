"""Addresses of signing in and out, of one's own account, and of the administration of people."""

from django.urls import path

from guotu.core.people.views import divisions, own, persons, posts, signing

urlpatterns = [
    path("sign-in/", signing.sign_in, name="sign-in"),
    path("sign-in/code/", signing.with_code, name="sign-in-code"),
    path("sign-out/", signing.sign_out, name="sign-out"),
    path("account/", own.account, name="account"),
    path("account/act-as/", own.act_as, name="act-as"),
    path("account/password/", own.password, name="password"),
    path("account/second-factor/", own.second_factor, name="second-factor"),
    path("people/", persons.people, name="people"),
    path("people/list.<str:kind>", persons.export, name="people-export"),
    path("people/open/", persons.open_account, name="people-open"),
    path("people/<int:person_id>/", persons.person, name="person"),
    path("people/<int:person_id>/look/", persons.look, name="person-look"),
    path("people/<int:person_id>/<slug:verb>/", persons.carry_out, name="person-act"),
    path("people/posts/", posts.posts, name="posts"),
    path("people/posts/<int:post_id>/", posts.post, name="post"),
    path("people/units/", posts.units, name="units"),
    path("people/divisions/", divisions.divisions, name="divisions"),
]
