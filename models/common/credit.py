# SPDX-License-Identifier: Apache-2.0
"""The Statlog German credit data as small integers, and applicants of our own invention.

`DIR/german-credit/german.data-numeric` holds 1,000 applicants with 24 integers each and a class, 1
for good and 2 for bad. Three of the columns are coarsened so that all 24 are of one size, 0 to 25:
a proof then takes 5 bits a feature, and one integer scale fits all weights of a neuron.
"""

from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

SPLIT = "750 applicants to train on, 250 held out, stratified by class, fixed seed"
SEED = 2024
HELD_OUT = 250
SAMPLES = 40
SAMPLES_SEED = 1

# Name, lowest and highest value after coarsening, in the order of the file's columns. The file does
# not name them; these names were found by comparing it with `german.data`, whose rows it shares.
FEATURES = [
	("account status", 1, 4),
	("duration, quarters begun", 2, 24),
	("credit history", 0, 4),
	("amount, thousands of marks", 0, 18),
	("savings", 1, 5),
	("employed since", 1, 5),
	("personal status", 1, 4),
	("resident since", 1, 4),
	("property", 1, 4),
	("age, units of five years", 4, 15),
	("other instalment plans", 1, 3),
	("number of credits", 1, 4),
	("dependants", 1, 2),
	("telephone", 1, 2),
	("foreign worker", 1, 2),
	("purpose: new car", 0, 1),
	("purpose: used car", 0, 1),
	("no other debtor", 0, 1),
	("co-applicant", 0, 1),
	("housing: rented", 0, 1),
	("housing: own", 0, 1),
	("job: unskilled, not resident", 0, 1),
	("job: unskilled, resident", 0, 1),
	("job: skilled", 0, 1),
]


def read(folder):
	"""(features int64 [1000, 24], good int64 [1000]) of `folder`/german-credit."""
	path = Path(folder) / "german-credit/german.data-numeric"
	# In 41 rows two columns are parted by a space instead of a comma.
	lines = path.read_text().replace(",", " ").splitlines()[1:]
	rows = [[int(v) for v in line.split()] for line in lines]
	for number, row in enumerate(rows, 2):
		if len(row) != len(FEATURES) + 1:
			raise ValueError(f"{path}:{number}: expected 25 numbers, got {len(row)}")
	table = np.array(rows)
	features, good = table[:, :-1], (table[:, -1] == 1).astype(np.int64)
	features[:, 1] = -(-features[:, 1] // 3)
	features[:, 3] = features[:, 3] // 10
	features[:, 9] = (features[:, 9] + 2) // 5
	lowest, highest = features.min(axis=0), features.max(axis=0)
	for (name, low, high), got_low, got_high in zip(FEATURES, lowest, highest):
		if got_low < low or got_high > high:
			raise ValueError(f"{name}: expected {low} to {high}, got {got_low} to {got_high}")
	return features, good


def split(folder):
	"""(train features, held-out features, train classes, held-out classes): 750 and 250."""
	features, good = read(folder)
	return train_test_split(
		features, good, test_size=HELD_OUT, random_state=SEED, stratify=good
	)


def applicants(count, seed):
	"""`count` applicants who do not exist: int64 [count, 24].

	Every feature is drawn by itself within its range, low values of duration and amount and middling
	ages more often, so that no real applicant's row is shipped.
	"""
	rng = np.random.default_rng(seed)
	low, high = np.array([f[1] for f in FEATURES]), np.array([f[2] for f in FEATURES])
	rows = rng.integers(low, high + 1, size=(count, len(FEATURES)))
	rows[:, 1] = np.floor(rng.triangular(2, 5, 20, count))
	rows[:, 3] = np.floor(rng.triangular(0, 1.5, 15, count))
	rows[:, 9] = np.floor(rng.triangular(4, 6, 14, count))
	# One purpose, one kind of housing and one job at most.
	for first, last in ((15, 16), (17, 18), (19, 20), (21, 23)):
		chosen = rng.integers(first - 1, last + 1, count)
		for column in range(first, last + 1):
			rows[:, column] = chosen == column
	return rows
