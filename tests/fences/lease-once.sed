# A mail is leased in whatever state it is.
s/(WHERE tenant = \$1 AND id = \$2) AND state = 'due' (RETURNING " MOVED\);\s*SQL\(message_skip_due)/\1 \2/
