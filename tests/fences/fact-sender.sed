# Every appliance may speak of every mail.
s/"AND \(appliance = \$3 OR \(appliance IS NULL AND state = 'due'\) "\s*"OR /"AND (appliance IS NOT NULL OR (appliance IS NULL AND state = 'due') OR /
