# A stopped hub keeps its rows for ever.
s/idle_in_transaction_session_timeout = '10s'/idle_in_transaction_session_timeout = '0'/
