"""Fits one detector of a Python package on a table and writes the score of every row.

    python peers.py NAME TABLE.parquet SCORES.npy

Higher is more anomalous. Two threads where the package lets one choose.
"""

import sys


def sklearn_isolation_forest(rows):
    from sklearn.ensemble import IsolationForest

    return -IsolationForest(random_state=0, n_jobs=2).fit(rows).score_samples(rows)


def coniferest_isolation_forest(rows):
    from coniferest.isoforest import IsolationForest

    return -IsolationForest(n_trees=100, n_subsamples=256, random_seed=0, n_jobs=2).fit(rows).score_samples(rows)


def isotree_isolation_forest(rows):
    from isotree import IsolationForest

    return IsolationForest(ntrees=100, sample_size=256, ndim=1, random_seed=1, nthreads=2).fit(rows).predict(rows)


def isotree_extended(rows):
    from isotree import IsolationForest

    return IsolationForest(ntrees=100, sample_size=256, ndim=2, random_seed=1, nthreads=2).fit(rows).predict(rows)


def sklearnex_neighbours(rows, detector):
    from sklearnex import patch_sklearn

    patch_sklearn(verbose=False)
    from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors

    if detector == "lof":
        return -LocalOutlierFactor(n_neighbors=50, n_jobs=2).fit(rows).negative_outlier_factor_
    distances, _ = NearestNeighbors(n_neighbors=20, n_jobs=2).fit(rows).kneighbors()
    return distances[:, -1]


def pyod(rows, module, name, **options):
    import importlib

    detector = getattr(importlib.import_module(f"pyod.models.{module}"), name)(**options)
    return detector.fit(rows).decision_scores_


PEERS = {
    "scikit-learn isolation forest": sklearn_isolation_forest,
    "coniferest isolation forest": coniferest_isolation_forest,
    "isotree isolation forest": isotree_isolation_forest,
    "isotree extended": isotree_extended,
    "scikit-learn-intelex knn": lambda rows: sklearnex_neighbours(rows, "knn"),
    "scikit-learn-intelex lof": lambda rows: sklearnex_neighbours(rows, "lof"),
    "PyOD isolation forest": lambda rows: pyod(rows, "iforest", "IForest", random_state=0, n_jobs=2),
    "PyOD ecod": lambda rows: pyod(rows, "ecod", "ECOD"),
    "PyOD copod": lambda rows: pyod(rows, "copod", "COPOD"),
    "PyOD hbos": lambda rows: pyod(rows, "hbos", "HBOS"),
    "PyOD knn": lambda rows: pyod(rows, "knn", "KNN", n_neighbors=20, n_jobs=2),
    "PyOD lof": lambda rows: pyod(rows, "lof", "LOF", n_neighbors=50, n_jobs=2),
    "PyOD inne": lambda rows: pyod(rows, "inne", "INNE", random_state=0),
}


def main():
    import numpy
    import pyarrow.parquet

    name, table, scores = sys.argv[1:]
    columns = pyarrow.parquet.read_table(table).columns
    rows = numpy.column_stack([column.to_numpy() for column in columns])
    numpy.save(scores, numpy.asarray(PEERS[name](rows), dtype="float64").reshape(-1))


if __name__ == "__main__":
    main()
