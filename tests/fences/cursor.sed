# The cursor moves from wherever it stands.
s/(follow_move, SQL_ENGINE,\s*"UPDATE cursor SET pos = \$4, owner = \$5, until = \$6, failed = NULL "\s*"WHERE follower = \$1 AND slot = \$2 AND) pos = \$3"/\1 CAST($3 AS BIGINT) >= 0"/
