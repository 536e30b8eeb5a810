"""The book's claims: none may be lost, none may change unnoticed.

A chapter that has an evidence page stores its claims in a file of results; nbval runs the page
again and compares the file. Here the file is compared with the page's table, and its verdicts with
its pairs. Of every other chapter stands below what its table is known to say.
"""

import html
import json
import re
from pathlib import Path

import numpy as np
import pytest

from course_lib.evidence import JudgedClaim, bootstrap_interval, claims_table, published
from tools.freshness import read_notebook, results_written

BOOK = Path(__file__).resolve().parent.parent / "book"

RESULTS = BOOK / "evidence" / "results"
# Every claim of the book's first edition. Its sentence may be mended, in `REWORDED`; a verdict that
# changed belongs to a claim that was judged again and says so, and nothing else goes.
VERDICTS = {
    "training/01-gradient-descent.ipynb": {
        "A learning rate of 0.1 does not converge [in the source's order]": "holds",
        "A learning rate of 0.1 does not converge [in the right order]": "fails",
        "At 0.1, the right order beats the source's order": "holds",
        "At 0.01, the right order beats the source's order": "undecided",
        "Scaling by the standard deviation beats scaling by the variance": "holds",
        "Biases that start at 0 beat biases of N(0, 0.5)": "holds",
        "With both, He's spread of weights beats a fixed 0.5": "undecided",
        "All three together beat the source's setting": "holds",
    },
    "training/02-mini-batches.ipynb": {
        "Mini-batches are noisier than the full batch [η = 0.1]": "fails",
        "Mini-batches are noisier than the full batch [η = 0.32]": "holds",
        "Mini-batches are much faster than the full batch [the same epochs]": "holds",
        "Mini-batches are much faster than the full batch [the same seconds]": "fails",
        "Without the trick training is unstable": "fails",
        "An average over samples affords a larger learning rate": "holds",
        "Mini-batches converge in about the same number of epochs": "fails",
        "Mini-batches make more progress in the same time": "holds",
        "Mini-batches end more sure of themselves": "holds",
        "Mini-batches end with better accuracy [where both get there]": "fails",
        "Mini-batches end with better accuracy [all starts]": "undecided",
        "A bigger batch is better after the same epochs [32 against 1]": "fails",
        "A bigger batch is better after the same epochs [1000 against 32]": "fails",
        "A bigger batch is better after the same steps [32 against 1]": "holds",
        "A bigger batch is better after the same steps [1000 against 32]": "undecided",
        "A bigger batch is better after the same seconds [32 against 1]": "holds",
        "A bigger batch is better after the same seconds [1000 against 32]": "undecided",
        "With η in proportion to the batch, 20 epochs end at the same cost": "holds",
        "With η in proportion to the batch, the cost wobbles alike": "undecided",
        (
            "With η in proportion to the batch, experiment 3 takes as many epochs as experiment 1"
        ): "undecided",
        "The largest learning rate grows in proportion to the batch": "fails",
        "Shuffling each epoch helps [rows mixed once]": "fails",
        "Shuffling each epoch helps [rows sorted by class]": "holds",
    },
    "training/03-momentum.ipynb": {
        "Momentum's steps are steadier [each step, η = 0.03]": "holds",
        "Momentum's steps are steadier [epochs, the same η = 0.03]": "fails",
        "Momentum affords a higher η [in the source's order]": "holds",
        "Momentum affords a higher η [in the right order]": "fails",
        "Momentum affords a higher η [largest rate, single samples]": "fails",
        "Momentum has less effect than mini-batching [largest rate]": "holds",
        "Momentum has less effect than mini-batching [cost for the same price]": "holds",
        "Momentum is a little unstable at the end [against E1, η = 0.01]": "holds",
        "β = 0.9 is about the last 10 steps": "fails",
        "E4 ends with better accuracy than E1 [as the source compares]": "undecided",
        "E4 ends with better accuracy than plain descent at its own η": "fails",
        "Momentum beats plain descent, both tuned [single, 1 epoch]": "undecided",
        "Momentum beats plain descent, both tuned [single, 20 epochs]": "fails",
        "Momentum beats plain descent, both tuned [batch 32]": "undecided",
        "Momentum beats plain descent, both tuned [batch 32, unscaled]": "holds",
        "Momentum beats plain descent, both tuned [whole set, 100 steps]": "holds",
        "Nesterov beats averaged momentum, both tuned [batch 32]": "fails",
        "Nesterov beats averaged momentum, both tuned [whole set, 100 steps]": "fails",
        "At a small η momentum ends at the same cost": "holds",
        "At a small η the cost wobbles as much with momentum": "holds",
        "Momentum affords a higher η [largest rate, batches of 32]": "undecided",
        "More learning rates work with momentum [batches of 32]": "undecided",
    },
    "training/04-learning-rate-decay.ipynb": {
        "Decay converges faster [E5 against E1, the source's order]": "undecided",
        "Decay converges faster [against a constant 0.03, the right order]": "fails",
        "Decay converges faster [both sides tuned]": "holds",
        "Decay takes the wobble away [E5 against E1, the source's order]": "fails",
        "Decay takes the wobble away [against a constant 0.03, the right order]": "holds",
        "Decay takes the wobble away [both sides tuned]": "holds",
        "Decay has the best accuracy so far [E5 against E1, the source's order]": "fails",
        "Decay has the best accuracy so far [against E1, where both get there]": "fails",
        "Decay has the best accuracy so far [against momentum, where both get there]": "undecided",
        (
            "Decay has the best accuracy so far [against a constant 0.03, where both get there]"
        ): "undecided",
        "Decay has the best accuracy so far [both sides tuned, where both get there]": "fails",
        "Training accuracy isn't everything [it flatters]": "undecided",
        "Training accuracy isn't everything [E5 and a constant 0.03 have the same]": "undecided",
        "Training accuracy isn't everything [and E5 has the lower cost on fresh points]": "holds",
        "Exponential decay beats a constant rate [batch size 1]": "undecided",
        "Step decay beats a constant rate [batch size 1]": "fails",
        "1/t decay beats a constant rate [batch size 1]": "undecided",
        "Cosine decay beats a constant rate [batch size 1]": "fails",
        "Warm-up and cosine beats a constant rate [batch size 1]": "holds",
        "Exponential decay beats a constant rate [batches of 32]": "holds",
        "Cosine decay beats a constant rate [batches of 32]": "holds",
        "Exponential decay beats a constant rate [momentum 0.9]": "undecided",
        "Exponential decay beats a constant rate [the whole set, 50 steps]": "fails",
        "Cosine decay beats a constant rate [the whole set, 50 steps]": "fails",
        "The cosine beats exponential decay [batch size 1]": "fails",
        "The mean of a constant rate's last weights is as good as exponential decay": "holds",
        "Per step or per epoch is the same": "holds",
        "Decay forgives an initial rate that is 4 times too large": "holds",
        "Decay's larger first rate costs no starts": "holds",
        "Warm-up affords a larger learning rate [He's start]": "fails",
        "Warm-up affords a larger learning rate [a start three times as large]": "undecided",
    },
    "generalising/05-l2-and-l1.ipynb": {
        "The big network overfits [accuracy]": "holds",
        "The big network overfits [wiggles]": "holds",
        "L2 smooths the map [length]": "undecided",
        "L2 smooths the map [turns]": "holds",
        "L2 makes gradients shallower": "holds",
        "With L2 the weights peak at 0": "holds",
        "The two costs can't be compared": "holds",
        "The network is larger than needed [no penalty]": "holds",
        "The network is larger than needed [both with λ = 0.003]": "holds",
        "Worse on the training points, experiment 8 is the better network": "holds",
        "L2 helps": "holds",
        "L1 does as well as L2": "undecided",
        "The elastic net beats L2": "fails",
        "Proximal step and subgradient end at the same cost": "holds",
        "Only the proximal step gives exact zeros": "holds",
        "L2 on a large network beats a smaller network": "holds",
        "L2 beats stopping early": "fails",
        "L2 on 100 points beats 400 points without it": "fails",
        "L2 on 100 points beats 800 points without it": "fails",
        "With 800 points L2 no longer matters": "undecided",
        "With as few weights, L1 is more accurate than L2 pruned by magnitude": "holds",
        "A tenth of the weights serves better after L2 than after no penalty": "holds",
    },
    "generalising/06-weight-decay.ipynb": {
        "Without the penalty the training error is far below the test error": "holds",
        "The penalty eases overfitting [as the source starts, noise 0.01]": "holds",
        "The penalty eases overfitting [as the source starts, noise 0.1]": "holds",
        "The penalty eases overfitting [from weights of 0, noise 0.01]": "fails",
        "The penalty eases overfitting [from weights of 0, noise 0.1]": "fails",
        "With the penalty the true weights are still not found": "holds",
        "They are not found because 20 rows are few: 2000 find them [λ = 5]": "fails",
        "They are not found because 20 rows are few: 2000 find them [λ = 0]": "holds",
        "Weight decay restricts overfitting [200 digits: cost]": "undecided",
        "Weight decay restricts overfitting [200 digits: accuracy]": "fails",
        "Weight decay restricts overfitting [200 digits: gap]": "fails",
        "Weight decay helps with unbalanced classes [balanced accuracy]": "fails",
        "Weight decay helps with unbalanced classes [recall of the rare]": "fails",
        "λ = 5 beats predicting 0 [as the source starts]": "fails",
        "Ridge of λ = 5 beats predicting the mean [noise 0.01]": "holds",
        "Ridge of λ = 5 beats predicting the mean [noise 0.1]": "undecided",
        "A penalty on the bias, too, costs something [noise 0.01]": "holds",
        "A penalty on the bias, too, costs something [noise 0.1]": "fails",
        "Stopping early from 0 does as well as ridge [noise 0.01]": "holds",
        "Stopping early from 0 does as well as ridge [noise 0.1]": "holds",
        "A smaller model beats ridge of λ = 5 [ten features, noise 0.01]": "fails",
        "Through momentum L2 and decay give weights of the same length": "holds",
        "Through Adam L2 and decay give weights of the same length": "fails",
        "AdamW beats Adam with L2 [cost]": "fails",
        "AdamW beats Adam with L2 [accuracy]": "fails",
        "AdamW beats stopping early": "undecided",
        "AdamW beats a smaller network": "holds",
        "Twice the rows beat AdamW": "holds",
        "Rare classes: oversampling helps": "holds",
        "Rare classes: undersampling helps": "fails",
        "Rare classes: correcting the prior helps": "holds",
        "Rare classes: a smaller network helps": "fails",
        "Rare classes: weight decay helps on top of oversampling": "undecided",
        "Rare classes: correcting the prior beats oversampling": "undecided",
        "Rare classes: more rows beat every remedy": "holds",
    },
    "generalising/07-dropout.ipynb": {
        "Dropout smooths: length [the source's]": "undecided",
        "Dropout smooths: turns [the source's]": "holds",
        "Dropout smooths: slope [the source's]": "holds",
        "Its boundary is steeper than L2's [the source's]": "holds",
        "Its weights are pretty much indistinguishable [the source's]": "holds",
        "An island of overfitting remains [the source's]": "undecided",
        "Enough epochs overfit anyway [the source's]": "holds",
        "Dropout smooths: length [the textbook's]": "undecided",
        "Dropout smooths: turns [the textbook's]": "holds",
        "Dropout smooths: slope [the textbook's]": "fails",
        "Its boundary is steeper than L2's [the textbook's]": "holds",
        "Its weights are pretty much indistinguishable [the textbook's]": "holds",
        "An island of overfitting remains [the textbook's]": "fails",
        "Enough epochs overfit anyway [the textbook's]": "holds",
        "It is good to combine dropout and L2 [against dropout]": "holds",
        "It is good to combine dropout and L2 [against L2]": "undecided",
        "Dropout helps": "holds",
        "Dropout beats L2": "fails",
        "Dropout on a large network beats a smaller network": "fails",
        "Dropout beats stopping early": "fails",
        "Dropout, stopped early, beats stopping early": "undecided",
        "Dropout on 100 points beats 400 points without it": "fails",
        "With 400 points the same rate still helps": "fails",
        "With dropout the best epoch comes later": "holds",
        "The bigger the network, the more dropout gains": "undecided",
        "With dropout, a network of twice the width is better": "fails",
        "Averaging 64 thinned networks beats using all units": "holds",
        "No masks on the way back does harm [dropped units move]": "holds",
        "No masks on the way back does harm [dropped units frozen]": "undecided",
        "Freezing dropped units changes nothing [masks on the way back]": "holds",
        "A mask for each sample beats one for the batch": "undecided",
        "The source's dropout does as well as the textbook's": "fails",
    },
    "at-scale/08-mnist-weight-decay.ipynb": {
        "Weight decay restricts overfitting [settings of 000: the gap]": "holds",
        "Weight decay restricts overfitting [settings of 000: the test cost]": "fails",
        "Weight decay restricts overfitting [tuned: the test cost]": "fails",
        "Weight decay restricts overfitting [1000 digits: the test cost]": "holds",
        "Weight decay helps with unbalanced classes [settings of 000]": "fails",
        "Weight decay helps with unbalanced classes [tuned]": "fails",
        "Mini-batches are noisier than the full batch [MNIST, η = 0.1]": "holds",
        "Mini-batches are noisier than the full batch [MNIST, each at its own η]": "undecided",
        "Mini-batches are much faster than the full batch [MNIST]": "holds",
        "The hidden momentum makes the network better": "holds",
        "The penalty makes the network more accurate [settings of 000]": "undecided",
        "The penalty makes the network more accurate [tuned]": "fails",
        "The penalty makes the network more accurate [1000 digits]": "undecided",
        "On 1000 digits, L2 has a lower test cost than a smaller learning rate": "undecided",
        "On 1000 digits, L2 has a lower test cost than stopping early": "undecided",
        "On 1000 digits, L2 has a lower test cost than a smaller network": "holds",
        "On 1000 digits, L2 has a lower test cost than no penalty on 2000 digits": "fails",
        "Unbalanced classes: repeating their rows helps the rare digits": "holds",
        "Unbalanced classes: correcting the prior helps the rare digits": "holds",
        "Unbalanced classes: having twice as many of them helps the rare digits": "holds",
    },
    "at-scale/09-mnist-l2-and-l1.ipynb": {
        "L1 gives sudden spikes": "holds",
        "Because of sign flips [an L1 that can't flip has fewer spikes]": "fails",
        "Because of sign flips [more flips in the step that starts a spike]": "fails",
        "Because of sign flips [without L1 in the twenty steps, no spike]": "fails",
        "Overfitting shows in the test curve [cost]": "holds",
        "Overfitting shows in the test curve [accuracy]": "fails",
        "L2 helps [cost]": "holds",
        "L2 helps [accuracy]": "undecided",
        "L2 helps [strength tuned, 50 epochs]": "fails",
        "With half the step the spikes end": "holds",
        "With a clipped gradient the spikes end": "holds",
        "With a decaying learning rate, and half the pull, the spikes end": "holds",
        "With batches of 50 the spikes end": "holds",
        "The step that starts a spike meets a sharpness above 2/η": "holds",
        "The step that starts a spike is long": "holds",
        "The step that starts a spike raises one output for all digits": "undecided",
        "Half the step in the twenty steps, no spike": "holds",
        "Without that one batch, no spike": "holds",
        "Under L1 batches are twice as sharp as under L2": "holds",
        "Under L1 batches are twice as sharp as without a penalty": "holds",
        "Stopping early is as accurate as L2": "undecided",
        "Cross-entropy is more accurate than the quadratic cost [sigmoid]": "undecided",
        "Cross-entropy is more accurate than the quadratic cost [ReLU]": "undecided",
        "ReLU is more accurate than the sigmoid [cross-entropy]": "fails",
        "L1 helps [strength tuned, 50 epochs]": "fails",
        "Tuned, L1 is as accurate as L2": "holds",
        "Five times the digits beat L2": "holds",
        "L2 beats a network with a third of the units": "holds",
    },
    "at-scale/10-all-together.ipynb": {
        "The tuned network beats the nearest mean [other runs]": "holds",
        "The tuned network beats logistic regression [other runs]": "undecided",
        "The tuned network does as well as MLPClassifier [other runs]": "holds",
        "The tuned network beats the support-vector machine [other runs]": "fails",
        "The tuned network beats the nearest neighbour [other runs]": "fails",
        "The tuned recipe beats the estimator's defaults [other runs]": "holds",
        "The tuned network beats the nearest mean [other digits]": "holds",
        "The tuned network beats logistic regression [other digits]": "undecided",
        "The tuned network does as well as MLPClassifier [other digits]": "holds",
        "The tuned network beats the support-vector machine [other digits]": "fails",
        "The tuned network beats the nearest neighbour [other digits]": "fails",
        "The tuned recipe beats the estimator's defaults [other digits]": "undecided",
        "A winner scores higher where it was chosen [one tuning cut]": "undecided",
        "Mini-batches help [the same η]": "holds",
        "Momentum helps [the same η]": "holds",
        "Decay of η helps [the same η]": "undecided",
        "L2 helps [the same η]": "fails",
        "Dropout helps [the same η]": "fails",
        "L2 and dropout together help [the same η]": "fails",
        "Scaled inputs help [the same η]": "holds",
        "Careful initial weights help [the same η]": "holds",
        "64 hidden units beat 16 [the same η]": "holds",
        "Mini-batches help [each at its own η]": "holds",
        "Momentum helps [each at its own η]": "undecided",
        "Decay of η helps [each at its own η]": "fails",
        "L2 helps [each at its own η]": "fails",
        "Dropout helps [each at its own η]": "fails",
        "L2 and dropout together help [each at its own η]": "fails",
        "Scaled inputs help [each at its own η]": "holds",
        "Careful initial weights help [each at its own η]": "holds",
        "64 hidden units beat 16 [each at its own η]": "holds",
        "L2 lowers the cost": "undecided",
        "Dropout lowers the cost": "undecided",
        "L2 and dropout together lower the cost": "holds",
        "L2 and dropout stand in for each other": "undecided",
        "Decoupled weight decay does as well as L2": "holds",
        "L2 and dropout beat stopping early": "undecided",
        "Twice the rows without L2 and dropout beat half of the rows with them": "holds",
        "Everything together beats chapter 1's gradient descent": "holds",
    },
}


# Sentences that were mended after the first edition: the old one, and the one that stands there.
REWORDED = {
    f"With {what} the spikes end": f"With {what} there are fewer spikes"
    for what in (
        "half the step",
        "a clipped gradient",
        "a decaying learning rate, and half the pull,",
        "batches of 50",
    )
}
FEWEST_CLAIMS = 260
FEW_PAIRS = 12


def rows_of(path: Path) -> list[tuple[str | None, str, str]]:
    """Return id, sentence and verdict of every row in the tables of claims of a notebook."""
    found = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            table = "".join(output.get("data", {}).get("text/html", ""))
            if ">Verdict</th>" not in table:
                continue
            for anchor, row in re.findall(
                r"<tr(?: id=\"([^\"]*)\")?>(<td.*?)</tr>", table, flags=re.DOTALL
            ):
                sentence, verdict = re.findall(r"<td[^>]*>(.*?)</td>", row, flags=re.DOTALL)[::2]
                sentence = html.unescape(sentence.rsplit("<br>", 1)[0])
                found.append(
                    (anchor or None, sentence, re.sub(r"<[^>]*>", "", verdict).split()[-1])
                )
    return found


def stored_verdicts(path: Path) -> dict[str, str]:
    """Return sentence and verdict of every row in the tables of claims that a notebook stores."""
    return {sentence: verdict for _, sentence, verdict in rows_of(path)}


def evidence_of(name: str) -> Path:
    """Return the evidence page of a chapter, whether it is there or not."""
    return BOOK / "evidence" / Path(name).name


def pages_with_claims() -> dict[str, list[JudgedClaim]]:
    """Return the stored claims of every evidence page, by the page's name."""
    files = sorted(RESULTS.glob("*.json"))
    return {
        path.stem: published(path.stem, RESULTS)
        for path in files
        if "claims" in json.loads(path.read_text(encoding="utf-8"))
    }


PAGES = pages_with_claims()


WHOLE = [name for name in VERDICTS if not evidence_of(name).exists()]  # not cut in two yet


def test_verdicts_are_those_we_know() -> None:
    """No claim of a chapter has changed its verdict, none has come or gone unnoticed."""
    assert {name: stored_verdicts(BOOK / name) for name in WHOLE} == {
        name: VERDICTS[name] for name in WHOLE
    }


def test_every_table_of_claims_is_held() -> None:
    """Every notebook that shows a table of claims stores them, or is in the list above."""
    with_claims = {
        path.relative_to(BOOK).as_posix()
        for path in BOOK.rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts and stored_verdicts(path)
    }
    assert with_claims == set(WHOLE) | {f"evidence/{page}.ipynb" for page in PAGES}


def lost(known: dict[str, str], claims: list[JudgedClaim]) -> list[str]:
    """Return what a page's stored claims lack of what is known, and what they changed unsaid."""
    now = {item.claim.sentence: item for item in claims}
    found = []
    for sentence, verdict in known.items():
        item = now.get(REWORDED.get(sentence, sentence))
        if item is None:
            found.append(f"lost: {sentence}")
        elif item.claim.status == "normal" and item.verdict != verdict:
            found.append(f"{item.verdict}, was {verdict}, and says nothing of it: {sentence}")
        elif item.claim.status == "redone" and item.claim.earlier_verdict != verdict:
            found.append(f"was {verdict}, and says {item.claim.earlier!r}: {sentence}")
    return found


def test_no_claim_of_the_first_edition_is_lost() -> None:
    """Each is on its evidence page: as it was, judged again and marked, or withdrawn and marked."""
    found = {
        name: lost(known, PAGES.get(Path(name).stem, []))
        for name, known in VERDICTS.items()
        if evidence_of(name).exists()
    }
    assert not {name: problems for name, problems in found.items() if problems}


def test_the_count_of_claims() -> None:
    """The book has all of them, wherever they stand; each name stands only once."""
    cut = sum(map(len, PAGES.values()))
    whole = sum(len(VERDICTS[name]) for name in WHOLE)
    assert cut + whole >= FEWEST_CLAIMS
    names = [item.claim.name for claims in PAGES.values() for item in claims]
    assert len(names) == len(set(names))


def disagreements(item: JudgedClaim) -> list[str]:
    """Return where a stored interval is not the one of the stored pairs.

    The bootstrap is drawn anew, so that its ends may differ by a tenth of the half width. Where the
    differences are counts (1, 0 and -1), means come in steps, and an end may be the next step. Of
    five or six pairs there are few means, with gaps between them: what forty draws give is right.
    """
    low, high = bootstrap_interval(item.differences, rng=np.random.default_rng(0))
    step = np.diff(np.unique(item.differences)).min(initial=np.inf) / len(item.differences)
    room = max(0.1 * (high - low) / 2, 1.05 * step if np.isfinite(step) else 0.0)
    room += 1e-8 * max(map(abs, item.differences))
    found = []
    if abs(item.mean_difference - np.mean(item.differences)) > 1e-8 * max(
        map(abs, item.differences)
    ):
        found.append(f"{item.claim.name}: the mean of the pairs is {np.mean(item.differences)}")
    near = abs(item.low - low) <= room and abs(item.high - high) <= room
    if not near and len(item.differences) <= FEW_PAIRS:
        draws = np.array([
            bootstrap_interval(item.differences, rng=np.random.default_rng(seed))
            for seed in range(1, 41)
        ])  # fmt: skip
        least, most = draws.min(axis=0) - room / 100, draws.max(axis=0) + room / 100
        near = bool(
            (least <= [item.low, item.high]).all() and ([item.low, item.high] <= most).all()
        )
    if not near:
        found.append(f"{item.claim.name}: the pairs give {low} to {high}")
    return found


def test_verdicts_follow_from_the_stored_pairs() -> None:
    """Mean, interval and verdict are those of the differences in the file."""
    assert not [
        text for claims in PAGES.values() for item in claims for text in disagreements(item)
    ]


def test_tables_and_files_say_the_same() -> None:
    """The rows of a page are the claims of its file, in order, with anchors for the links."""
    for page, claims in PAGES.items():
        path = BOOK / "evidence" / f"{page}.ipynb"
        assert rows_of(path) == [
            (f"claim-{item.claim.name}", item.claim.sentence, item.verdict) for item in claims
        ]
        text = json.loads(path.read_text(encoding="utf-8"))["cells"]
        shown = json.dumps(text, ensure_ascii=False)
        for item in claims:
            mean = claims_table([item])._repr_html_().split("<strong>")[1].split("</strong>")[0]
            assert json.dumps(mean, ensure_ascii=False)[1:-1] in shown, item.claim.name


def test_every_file_of_results_belongs_to_a_page() -> None:
    """No file stays when the page no longer writes it, and none is missing."""
    written = {
        name
        for path in BOOK.rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
        for name in results_written(read_notebook(path))
    }
    assert {path.stem for path in RESULTS.glob("*.json")} == written


# ------------------------------------------------------------------ these tests themselves


def judged(sentence: str, mean: float = 1.0, **changes: str) -> JudgedClaim:
    """Return a judged claim."""
    from course_lib.evidence import Claim

    claim = Claim(sentence, "ours", "accuracy", "greater", 0.1, name="a-b", **changes)
    return claim.judge(mean + np.linspace(-0.2, 0.2, 20), np.zeros(20), np.random.default_rng(1))


def test_lost_and_changed_claims_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing sentence, a verdict that changed unsaid, an earlier result that is another one."""
    known = {"A": "holds", "B": "fails"}
    assert lost(known, [judged("A"), judged("B", -1.0)]) == []
    assert lost(known, [judged("A")]) == ["lost: B"]
    assert lost(known, [judged("A"), judged("B")]) == [
        "holds, was fails, and says nothing of it: B"
    ]
    assert lost(known, [judged("A"), judged("B", earlier="fails: -1 [-2, 0]")]) == []
    assert lost(known, [judged("A"), judged("B", earlier="undecided: 0")]) == [
        "was fails, and says 'undecided: 0': B"
    ]
    assert lost(known, [judged("A"), judged("B", withdrawn="a definition")]) == []
    monkeypatch.setitem(REWORDED, "B", "C")
    assert lost(known, [judged("A"), judged("C", -1.0)]) == []


def test_an_interval_of_other_pairs_is_found() -> None:
    """The pairs of a claim are its own."""
    item = judged("A")
    assert disagreements(item) == []
    other = JudgedClaim(item.claim, 1.0, item.low, item.high, 20, judged("B", 1.1).differences)
    assert len(disagreements(other)) == 2
