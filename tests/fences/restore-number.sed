# Any answer counts, also one to an earlier question.
s/\(since = \$2 OR CAST\(\$2 AS BIGINT\) = 0\)/(CAST($2 AS BIGINT) >= 0)/
