# An answer counts for every lease.
s/"AND leased_at <= \$4 "/"AND CAST($4 AS BIGINT) > 0 "/
