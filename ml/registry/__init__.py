"""MLflow: runs, versions, the decision log and the aliases."""
