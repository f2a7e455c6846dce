"""The plain way into the same SQLite table: executemany, 10,000 rows a commit.

Called with the database, the target and the number of the last release commit that was there
before. Brings the target to what was there, unmeasured, then inserts the rows that are
new, and prints how many and the seconds that took.
"""

import sqlite3
import sys
import time

AT_ONCE = 10_000


def insert(target, rows):
    for start in range(0, len(rows), AT_ONCE):
        with target:
            target.executemany("INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?)", rows[start : start + AT_ONCE])


def main(source_path, target_path, release_commit):
    source = sqlite3.connect(source_path)
    target = sqlite3.connect(target_path)
    target.execute("PRAGMA journal_mode = WAL")
    target.execute("PRAGMA synchronous = FULL")
    target.execute("PRAGMA cache_size = -16384")
    columns = "series, period, release_commit, flags, value, upper"
    if not target.execute("SELECT 1 FROM sqlite_master WHERE name = 'claim'").fetchone():
        (table,) = source.execute("SELECT sql FROM sqlite_master WHERE name = 'claim'").fetchone()
        target.execute(table)
    (there,) = target.execute("SELECT coalesce(max(release_commit), 0) FROM claim").fetchone()
    select = f"SELECT {columns} FROM claim WHERE release_commit > ? AND release_commit <= ? ORDER BY release_commit, series, period"
    insert(target, source.execute(select, (there, release_commit)).fetchall())
    new = source.execute(select, (release_commit, 2**62)).fetchall()
    begun = time.perf_counter()
    insert(target, new)
    print(len(new), time.perf_counter() - begun)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
