"""Addresses of the books, their accounts and transfers."""

from django.urls import path

from guotu.core.ledger import exports, views

urlpatterns = [
    path("ledger/", views.accounts_page, name="ledger"),
    path("ledger/accounts.csv", exports.accounts_csv, name="ledger-accounts-csv"),
    path("ledger/accounts/<int:number>/", views.account_page, name="ledger-account"),
    path("ledger/accounts/<int:number>.csv", exports.account_csv, name="ledger-account-csv"),
    path("ledger/accounts/<int:number>.xlsx", exports.account_xlsx, name="ledger-account-xlsx"),
    path(
        "ledger/accounts/<int:number>.geojson",
        exports.account_geojson,
        name="ledger-account-geojson",
    ),
    path("ledger/transfers/<int:number>/", views.transfer_page, name="ledger-transfer"),
    path(
        "ledger/transfers/<int:number>.geojson",
        exports.transfer_geojson,
        name="ledger-transfer-geojson",
    ),
]
