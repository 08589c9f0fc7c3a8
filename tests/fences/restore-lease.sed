# Leases go on while appliances are awaited.
s/!active \|\| waits/!active/
