"""Addresses of supervised tasks: the list, its tables, giving out, one task, one source."""

from django.urls import path, re_path

from guotu.core.cases.views import task_acts, task_new, task_tables, task_taking, tasks

urlpatterns = [
    path("tasks/", tasks.tasks_page, name="tasks"),
    path("tasks/map.geojson", tasks.tasks_geojson, name="tasks-geojson"),
    re_path(r"^tasks/export\.(?P<form>csv|xlsx)$", task_taking.tasks_export, name="tasks-export"),
    path("tasks/units/", task_tables.units_page, name="tasks-units"),
    path("tasks/bulletin.docx", task_taking.bulletin, name="tasks-bulletin"),
    path("tasks/missed/", task_tables.missed_page, name="tasks-missed"),
    path("tasks/new/", task_new.tasks_new, name="tasks-new"),
    path("tasks/sources/", task_tables.sources_page, name="tasks-sources"),
    path("tasks/sources/<int:number>/", task_tables.source_page, name="tasks-source"),
    path("tasks/<int:number>/", tasks.task_page, name="task"),
    path("tasks/<int:number>/act/<slug:verb>/", task_acts.task_act, name="task-act"),
    path(
        "tasks/<int:number>/evidence/<int:feedback>/",
        task_acts.task_evidence,
        name="task-evidence",
    ),
]
