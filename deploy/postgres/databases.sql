-- Run once, by the server's owner: one database for Dagster's runs, one for MLflow's records, both nightshift's own.
create database nightshift_dagster owner nightshift;
create database nightshift_mlflow owner nightshift;
