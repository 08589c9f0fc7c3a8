# A restored hub waits for nobody.
s/WHERE revoked_at IS NULL AND cert_serial IS NOT NULL/WHERE revoked_at IS NULL AND cert_serial IS NULL/
