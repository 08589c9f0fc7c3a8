# Whoever once had a job goes on with it.
s/(job_keep, SQL_ENGINE,\s*"UPDATE job SET due = \$3, until = \$3, done = \$4, total = \$5 WHERE id = \$1) AND owner = \$2"/\1 AND CAST($2 AS TEXT) <> ''"/
