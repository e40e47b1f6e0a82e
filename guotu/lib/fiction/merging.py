"""Merging: a parcel too small to map joins the neighbour it shares most of its rim with."""

import numpy as np

from guotu.lib.fiction import mesh
from guotu.lib.fiction.ribbons import Opened
from guotu.lib.fiction.terrain import Ints

LEAST_PARCEL_M2 = 420.0
"""A little over the 400 m2 below which the survey maps no farm land, and 600 m2 no unused land."""
_LEAST_UNUSED_M2 = 620.0
_UNUSED = (404, 1101, 1206, 1207)


def merged(opened: Opened, label: Ints, code: Ints, village: Ints) -> Ints:
    """Return labels after parcels too small to map join a neighbour of the same village."""
    length = np.hypot(*(opened.xy[opened.tail] - opened.xy[opened.head]).T)
    net = mesh.Mesh(
        opened.xy, opened.tail, opened.head, opened.left, opened.right,
        opened.left, opened.fixed, opened.xy[:0],
    )  # fmt: skip
    count = len(code)
    least = np.where(np.isin(code, _UNUSED), _LEAST_UNUSED_M2, LEAST_PARCEL_M2)
    for _ in range(4):
        whole = np.r_[label, -1]
        left, right = whole[opened.left], whole[opened.right]
        area = mesh.signed_area_m2(net, left, right, count)
        small = (area < least) & (np.bincount(label, minlength=count) > 0)
        touch = np.flatnonzero((left != right) & (left >= 0) & (right >= 0))
        a, b = np.r_[left[touch], right[touch]], np.r_[right[touch], left[touch]]
        fit = small[a] & (village[a] == village[b]) & ~(small[b] & (area[b] < area[a]))
        a, b, shared = a[fit], b[fit], np.tile(length[touch], 2)[fit]
        if not len(a):
            break
        key, index = np.unique(a * count + b, return_inverse=True)
        total = np.bincount(index, shared) * np.where(code[key // count] == code[key % count], 3, 1)
        order = np.lexsort((total, key // count))
        last = np.flatnonzero(np.r_[np.diff(key[order] // count) != 0, True])
        best = key[order[last]]
        into = np.arange(count)
        into[best // count] = best % count
        # Of two small ones that choose each other, one stays.
        mutual = into[into] == np.arange(count)
        into = np.where(mutual & (np.arange(count) < into), np.arange(count), into)
        label = into[label]
    return label
