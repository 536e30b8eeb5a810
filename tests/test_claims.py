"""The verdicts of the book's claims: a change in any of them has to be noticed, and explained.

nbval runs the chapters again and compares their tables; here stands what we know the tables to say.
"""

import html
import json
import re
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parent.parent / "book"

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
}


def stored_verdicts(path: Path) -> dict[str, str]:
    """Return sentence and verdict of every row in the tables of claims that a notebook stores."""
    found: dict[str, str] = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            table = "".join(output.get("data", {}).get("text/html", ""))
            if ">Verdict</th>" not in table:
                continue
            for row in re.findall(r"<tr><td.*?</tr>", table, flags=re.DOTALL):
                sentence, verdict = re.findall(r"<td[^>]*>(.*?)</td>", row, flags=re.DOTALL)[::2]
                sentence = html.unescape(sentence.rsplit("<br>", 1)[0])
                found[sentence] = re.sub(r"<[^>]*>", "", verdict).split()[-1]
    return found


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts_are_those_we_know(name: str) -> None:
    """No claim of a chapter has changed its verdict, none has come or gone unnoticed."""
    assert stored_verdicts(BOOK / name) == VERDICTS[name]


def test_every_table_of_claims_is_held() -> None:
    """Every notebook that stores a table of claims is in the list above."""
    with_claims = {
        path.relative_to(BOOK).as_posix()
        for path in BOOK.rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts and stored_verdicts(path)
    }
    assert with_claims == set(VERDICTS)
