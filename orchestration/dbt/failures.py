"""What dbt refused, out of its long words."""


def dbt_failures(text: str) -> str:
    """The lines in which dbt says what it refused, without its banner."""
    lines = [line.strip() for line in text.splitlines()]
    told = [
        line
        for line in lines
        if line.startswith(("- ", "Compilation Error", "Runtime Error", "Failure in", "Database Error"))
    ]
    if any("full_refresh" in line or "full-refresh" in line for line in lines):
        told.append(
            "The vars no longer fit the tables built before (a sensor, window, code or component has changed): correct "
            "dbt_project.yml, or build all history anew with `dbt build --full-refresh`."
        )
    return "\n".join(dict.fromkeys(told)) or text
