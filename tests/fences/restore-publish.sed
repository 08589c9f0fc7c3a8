# Leases of the copy are published while appliances are awaited.
s/if \(e \|\| waits\)/if (e)/
