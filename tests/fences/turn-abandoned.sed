# A turn that a dead hub had is never anybody else's.
s/WHERE due <= \$1 AND until <= \$2/WHERE due <= $1 AND until = 0 AND CAST($2 AS BIGINT) > 0/
