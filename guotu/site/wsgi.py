"""The door by which a WSGI server reaches the platform; static files never wait for Django."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise

from guotu.core.journal import guarding
from guotu.core.register import spatial
from guotu.site.statics import always_immutable, collect, harden

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guotu.site.settings")
_platform = get_wsgi_application()
guarding.check_guards()
spatial.check_index()
collect(settings.STATICFILES_DIRS, settings.STATIC_ROOT)
application = WhiteNoise(
    _platform,
    root=str(settings.STATIC_ROOT),
    prefix=settings.STATIC_URL,
    allow_all_origins=False,
    immutable_file_test=always_immutable,
    add_headers_function=harden,
    mimetypes={".mjs": "text/javascript"},
)
