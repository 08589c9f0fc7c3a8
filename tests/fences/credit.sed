# Leasing spends without looking at what is left.
s/AND spent \+ CAST\(\$2 AS BIGINT\) <= credit AND held/AND held/
