# A lease ends when the clock says so, also where that is before an earlier one.
s/CASE WHEN until >= CAST\(\$6 AS BIGINT\) THEN until \+ 1 ELSE \$6 END/CAST($6 AS BIGINT)/
