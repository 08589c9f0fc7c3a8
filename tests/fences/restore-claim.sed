# What appliances claim is leased anew.
s/t->claims \? claim_settle/false ? claim_settle/
