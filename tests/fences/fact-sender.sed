# Every appliance may speak of every mail.
s/"AND \(message\.appliance = \$2 OR \(/"AND (message.appliance IS NOT NULL OR (/
