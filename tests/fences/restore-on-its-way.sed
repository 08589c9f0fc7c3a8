# A mail that the copy has on its way stays with the appliance it was leased to.
s/"OR \(state = 'leased' AND CAST\(\$14 AS BIGINT\) = 1\)\)/"OR (state = 'leased' AND CAST($14 AS BIGINT) = 2))/
