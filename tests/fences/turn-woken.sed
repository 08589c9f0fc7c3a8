# What was planned is written whoever has the turn.
s/WHERE tenant = \$1 AND fence = \$2 AND owner = \$3/WHERE tenant = $1 AND CAST($2 AS BIGINT) > 0 AND CAST($3 AS TEXT) <> ''/
