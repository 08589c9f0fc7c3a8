# Facts of any epoch are stored.
s/AND epoch = \$2 AND next BETWEEN/AND CAST($2 AS BIGINT) <> 0 AND next BETWEEN/
