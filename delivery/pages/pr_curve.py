"""Small pictures for the run's metadata, as PNG inside Markdown."""

import base64
import io

import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve


def precision_recall_markdown(validation: pd.DataFrame, threshold: float) -> str:
    """Precision against recall of `failed` by `probability` (n rows), with the chosen threshold's point marked."""
    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.add_subplot()
    precision, recall, _ = precision_recall_curve(validation["failed"], validation["probability"])
    axes.step(recall, precision, where="post")
    alerts = validation["probability"] >= threshold
    hits = float((alerts & (validation["failed"] > 0)).sum())
    if alerts.any():
        axes.plot(hits / validation["failed"].sum(), hits / alerts.sum(), "o", label=f"threshold {threshold:.2f}")
        axes.legend(loc="lower left")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.02), title="Nights of the folds")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=90)
    return f"![precision and recall](data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()})"
