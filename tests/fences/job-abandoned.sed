# A job that a dead hub had is never anybody else's.
s/(WHERE id = \$1 AND due <= \$4 AND) \(owner IS NULL OR until <= \$4\)/\1 owner IS NULL/
