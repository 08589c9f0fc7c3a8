# A mail that the copy has on its way stays with the appliance it was leased to.
s/CAST\(\$5 AS BIGINT\) = 1\)\) RETURNING/CAST($5 AS BIGINT) = 2)) RETURNING/
