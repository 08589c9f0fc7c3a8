# The fact that comes last wins.
s/ AND message\.rank < \$4 "/ AND CAST($4 AS BIGINT) >= 0 "/
