"""Addresses of the desk, of cases and their steps, of processes, and of supervised tasks."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from guotu.core.cases.views import (
    acts,
    assignments,
    case,
    desk,
    interventions,
    lists,
    opening,
    processes,
    steps,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", desk.desk_page, name="desk"),
    path("desk/seen/", desk.notices_seen, name="notices-seen"),
    path("cases/", lists.cases_page, name="cases"),
    path("cases/map.geojson", lists.cases_geojson, name="cases-geojson"),
    re_path(r"^cases/export\.(?P<form>csv|xlsx)$", lists.cases_export, name="cases-export"),
    path("cases/views/", lists.saved_views, name="cases-views"),
    path("cases/leader/", desk.leader_page, name="leader"),
    path("cases/leader.csv", desk.leader_csv, name="leader-csv"),
    path("cases/new/", opening.case_new, name="case-new"),
    path("cases/processes/", processes.processes_page, name="processes"),
    path("cases/processes/<int:number>/", processes.process_page, name="process"),
    path("cases/processes/<int:number>.bpmn", processes.process_bpmn, name="process-bpmn"),
    path("cases/assignments/", assignments.assignments_page, name="assignments"),
    path("cases/assignments.csv", assignments.assignments_csv, name="assignments-csv"),
    path("cases/interventions/", interventions.interventions_page, name="interventions"),
    path("cases/interventions.csv", interventions.interventions_csv, name="interventions-csv"),
    path("cases/interventions/look/", interventions.interventions_look, name="interventions-look"),
    path(
        "cases/interventions/<int:number>/reply/",
        interventions.intervention_reply,
        name="intervention-reply",
    ),
    path("cases/<int:number>/", case.case_page, name="case"),
    path("cases/<int:number>/place.geojson", case.case_geojson, name="case-geojson"),
    path("cases/<int:number>/act/<slug:verb>/", acts.case_act, name="case-act"),
    path("cases/<int:number>/intervention/", interventions.intervention_new, name="intervention"),
    path("cases/<int:number>/steps/<int:step>/", steps.step_page, name="step"),
    path("cases/<int:number>/steps/<int:step>/draft/", steps.step_draft, name="step-draft"),
    path("", include("guotu.core.cases.urls_tasks")),
]
