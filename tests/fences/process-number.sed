# A hub keeps a number that another one has by now.
s/(UPDATE process SET until = \$3 WHERE number = \$1) AND owner = \$2"/\1 AND CAST($2 AS TEXT) <> ''"/
