# A batch moves the row to its own end, wherever the row stands.
s/ "\s*"AND epoch = \$2 AND next BETWEEN CAST\(\$3 AS BIGINT\) AND CAST\(\$4 AS BIGINT\) RETURNING was"/ AND epoch = $2 AND CAST($3 AS BIGINT) > 0 RETURNING was"/
