"""JSON that asks or tells us something: what-if, in rows and in bulk, and what the crew found."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Query, Request, Response

from serving.batch import LINES_TYPE, PARQUET_TYPE, as_body, rows_of, score_batch
from serving.deps import TheHouse, ThePublished, TheSnapshot, reader, writer
from serving.feedback import take_feedback
from serving.routes.listings import PROBLEM_RESPONSES, MachineId
from serving.schemas.asked import FeedbackTaken, FeedbackWord, WhatIfAnswers, WhatIfQuestion
from serving.what_if import able_champion, answer_question, sample_question

FEW_ROWS = 20  # answered at once; more, and reasons, go to a thread
ROWS_SCHEMA = {"schema": {"type": "string", "format": "binary"}}
BATCH_DOC = {
    "requestBody": {"required": True, "content": {LINES_TYPE: ROWS_SCHEMA, PARQUET_TYPE: ROWS_SCHEMA}},
    "responses": {"200": {"content": {LINES_TYPE: ROWS_SCHEMA, PARQUET_TYPE: ROWS_SCHEMA}}},
}
questions = APIRouter(dependencies=[Depends(reader)], responses=PROBLEM_RESPONSES, tags=["what-if"])
bulk = APIRouter(dependencies=[Depends(reader)], responses=PROBLEM_RESPONSES, tags=["what-if"])
words = APIRouter(dependencies=[Depends(writer)], responses=PROBLEM_RESPONSES, tags=["feedback"])


@questions.post("/predict")
async def predict(question: WhatIfQuestion, snapshot: TheSnapshot) -> WhatIfAnswers:
    """What the champion says of rows of features, or of a machine's last row with changes."""
    if question.reasons or len(question.rows or ()) > FEW_ROWS:
        return await to_thread.run_sync(answer_question, question, snapshot)
    return answer_question(question, snapshot)


@questions.get("/predict/sample", response_model_exclude_defaults=True)
def sample(snapshot: TheSnapshot, machine: MachineId = None) -> WhatIfQuestion:
    """A body for /predict: the last night's row of a machine, by default of the one with the highest risk."""
    return sample_question(snapshot, machine)


@bulk.post("/predict/batch", openapi_extra=BATCH_DOC, response_class=Response)
async def predict_batch(
    request: Request,
    house: TheHouse,
    snapshot: TheSnapshot,
    reasons: Annotated[bool, Query(description="Tell why, of alerts and of the highest risks.")] = False,
) -> Response:
    """The same of many rows, as Parquet or as JSON lines, answered in the form that they came in."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    most = 1_000_000 * house.settings.workspace.serving.batch_megabytes

    def answered() -> bytes:
        champion = able_champion(snapshot)
        rows = rows_of(body, kind, most)
        return as_body(score_batch(rows, champion, house.settings, house.now(), reasons), kind)

    answer = await to_thread.run_sync(answered, limiter=house.batches)
    return Response(answer, media_type=PARQUET_TYPE if kind == PARQUET_TYPE else LINES_TYPE)


@words.post("/feedback", status_code=201, responses={200: {"model": FeedbackTaken, "description": "It was there."}})
def take_word(
    word: FeedbackWord,
    house: TheHouse,
    published: ThePublished,
    response: Response,
    key: Annotated[str, Header(alias="Idempotency-Key", description="Yours; sent again, the word counts once.")] = "",
) -> FeedbackTaken:
    """Drop what the crew found on a component, for the next night to land."""
    taken = take_feedback(word, key, house.settings, published, house.now())
    response.status_code = 200 if taken.repeated else 201
    return taken
