# The fact that comes last wins.
s/WHERE tenant = \$1 AND id = \$2 AND rank < \$5 "/WHERE tenant = $1 AND id = $2 AND CAST($5 AS BIGINT) >= 0 "/
