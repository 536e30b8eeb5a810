"""Evidence: what a sentence that compares two ways of training rests on (all chapters).

- `generators`: the same seeds for both sides, so that runs come in pairs.
- `Claim`: a sentence, with the smallest difference that matters, named before it is measured; its
  `judge` says *holds*, *fails* or *undecided*, by a `bootstrap_interval` over the pairs.
- `claims_table`, `verdicts`: what a chapter ends with, and what its test looks at.
- `judge_by_doubling`: the rule for claims that are undecided.
- `publish`, `published`: the file of a page's claims, which the ledger and the tests read;
  `save_results`, `load_results`: what one page measures and another draws.
- `simultaneous_verdict`, `most_wrong_verdicts`: what many verdicts mean together.
- `search_learning_rate`: the tuning that both sides of a comparison get, with its budget.
- `run_over_seeds`: one process per core, for networks too large for a stack; `on_all_cores`: the
  same for runs that differ in something else.

Examples
--------
Do two hidden layers beat one, on the same data and seeds?

>>> import numpy as np
>>> from course_lib.datasets import small_points
>>> from course_lib.evidence import Claim, claims_table, generators
>>> from course_lib.network import Network
>>> from course_lib.parameters import initial_parameters
>>> from course_lib.training import train
>>> points = small_points()
>>> fresh = points.fresh(1000, np.random.default_rng(1))
>>> def accuracy(layer_sizes):
...     rng = generators(20)
...     history = train(
...         Network(layer_sizes), initial_parameters(layer_sizes, rng, "he"), points.X, points.y,
...         epochs=20, batch_size=10, learning_rate=0.1, rng=rng, held_out=fresh,
...     )
...     return history.held_out_accuracy[-1]
>>> claim = Claim("A hidden layer helps", source="ours", measure="accuracy on 1000 fresh points",
...               direction="greater", smallest_difference=0.01)
>>> judged = claim.judge(accuracy([2, 8, 1]), accuracy([2, 1]), np.random.default_rng(0))
>>> judged.verdict
'holds'
"""

from course_lib.evidence.claims import Claim, JudgedClaim
from course_lib.evidence.doubling import judge_by_doubling
from course_lib.evidence.intervals import bootstrap_interval
from course_lib.evidence.jobs import on_all_cores
from course_lib.evidence.results import (
    ResultsChangedError,
    load_results,
    publish,
    published,
    save_results,
)
from course_lib.evidence.search import LearningRateSearch, search_learning_rate
from course_lib.evidence.seeds import SeedResults, generators, run_over_seeds
from course_lib.evidence.tables import ClaimsTable, claims_table, verdicts
from course_lib.evidence.together import (
    most_wrong_verdicts,
    simultaneous_interval,
    simultaneous_verdict,
)

__all__ = [
    "Claim",
    "ClaimsTable",
    "JudgedClaim",
    "LearningRateSearch",
    "ResultsChangedError",
    "SeedResults",
    "bootstrap_interval",
    "claims_table",
    "generators",
    "judge_by_doubling",
    "load_results",
    "most_wrong_verdicts",
    "on_all_cores",
    "publish",
    "published",
    "run_over_seeds",
    "save_results",
    "search_learning_rate",
    "simultaneous_interval",
    "simultaneous_verdict",
    "verdicts",
]
