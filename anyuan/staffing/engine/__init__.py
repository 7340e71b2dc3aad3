"""Makes rosters: who serves when, so that what must hold holds and what should hold is as good as
time allows. Knows no table.
"""
